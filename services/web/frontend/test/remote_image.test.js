import assert from "node:assert/strict"
import { test } from "node:test"
import { toggleImage } from "../src/models/remote_image.js"

class Image extends EventTarget {}

class Link {
  dataset = {}
  title = ""
  href = "https://images.test/a.png"
  #content = "A harbour"

  ownerDocument = { createElement: () => new Image() }

  get textContent() {
    return typeof this.#content === "string" ? this.#content : ""
  }

  set textContent(text) {
    this.#content = text
  }

  get image() {
    return this.#content
  }

  replaceChildren(image) {
    this.#content = image
  }

  querySelector() {
    return this.#content
  }

  contains(image) {
    return this.#content === image
  }

  removeAttribute(name) {
    this[name] = ""
  }
}

test("a click loads the image without telling from where, and another one brings the words back", () => {
  const link = new Link()
  assert.equal(toggleImage(link), true)
  const { src, alt, referrerPolicy } = link.image
  assert.deepEqual({ src, alt, referrerPolicy }, { src: link.href, alt: "A harbour", referrerPolicy: "no-referrer" })
  assert.equal(toggleImage(link), true)
  assert.equal(link.textContent, "A harbour")
  assert.deepEqual(link.dataset, {})
})

test("a link whose image could not be loaded is a link again", () => {
  const link = new Link()
  toggleImage(link)
  link.image.dispatchEvent(new Event("error"))
  assert.equal(link.textContent, "A harbour")
  assert.equal(toggleImage(link), false)
  assert.equal(link.textContent, "A harbour")
})

test("an image that fails after it was put away changes nothing", () => {
  const link = new Link()
  toggleImage(link)
  const { image } = link
  toggleImage(link)
  image.dispatchEvent(new Event("error"))
  assert.deepEqual(link.dataset, {})
})

test("an image that stands in the text becomes a blob of its type, until it is put away", async () => {
  const link = new Link()
  link.href = `data:image/png;base64,${btoa("\x89PNG")}`
  assert.equal(toggleImage(link), true)
  const { src } = link.image
  const response = await fetch(src)
  assert.equal(response.headers.get("content-type"), "image/png")
  assert.deepEqual([...new Uint8Array(await response.arrayBuffer())], [0x89, 0x50, 0x4e, 0x47])
  assert.equal(toggleImage(link), true)
  assert.equal(link.textContent, "A harbour")
  await assert.rejects(fetch(src))
})
