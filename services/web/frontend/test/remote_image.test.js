import assert from "node:assert/strict"
import { test } from "node:test"
import { toggleImage } from "../src/models/remote_image.js"

class Image extends EventTarget {}

class Link {
  dataset = {}
  title = ""
  href = "https://images.test/a.png"
  act = { textContent: "Show image from images.test: " }
  childNodes = [this.act, { textContent: "A " }, { textContent: "harbour" }]

  ownerDocument = { createElement: () => new Image() }

  get words() {
    return this.childNodes.map(({ textContent }) => textContent).join("")
  }

  get image() {
    return this.loading ?? this.childNodes[0]
  }

  replaceChildren(...nodes) {
    this.childNodes = nodes
  }

  querySelector() {
    return this.act
  }
}

const WORDS = "Show image from images.test: A harbour"

function clicked() {
  const link = new Link()
  link.said = []
  link.ownerDocument.createElement = () => (link.loading = new Image())
  assert.equal(
    toggleImage(link, (words) => link.said.push(words)),
    true,
  )
  return link
}

function shown() {
  const link = clicked()
  link.loading.dispatchEvent(new Event("load"))
  return link
}

test("a click loads the image without telling from where, and another one brings the words back", () => {
  const link = clicked()
  assert.equal(link.dataset.image, "loading")
  assert.equal(link.words, "Loading image from images.test: A harbour")
  const { src, alt, referrerPolicy } = link.image
  assert.deepEqual({ src, alt, referrerPolicy }, { src: link.href, alt: "A harbour", referrerPolicy: "no-referrer" })
  link.loading.dispatchEvent(new Event("load"))
  assert.equal(link.dataset.image, "shown")
  assert.deepEqual(link.childNodes, [link.loading])
  assert.deepEqual(link.said, ["Loading the image.", "The image is shown."])
  assert.equal(toggleImage(link), true)
  assert.equal(link.words, WORDS)
  assert.deepEqual(link.dataset, {})
})

test("a link whose image could not be loaded is a link again, and says so", () => {
  const link = clicked()
  link.image.dispatchEvent(new Event("error"))
  assert.equal(link.dataset.image, "failed")
  assert.equal(link.words, "Image from images.test not loaded: A harbour")
  assert.deepEqual(link.said, ["Loading the image.", "The image could not be loaded."])
  assert.equal(toggleImage(link), false)
  assert.equal(link.words, "Image from images.test not loaded: A harbour")
})

test("a click while the image is loading takes the wish back, whatever comes of it", () => {
  for (const end of ["load", "error"]) {
    const link = clicked()
    assert.equal(toggleImage(link), true)
    link.loading.dispatchEvent(new Event(end))
    assert.deepEqual(link.dataset, {})
    assert.equal(link.words, WORDS)
  }
})

test("an image that is asked for again is loaded again", () => {
  const link = shown()
  toggleImage(link)
  toggleImage(link)
  assert.equal(link.words, "Loading image from images.test: A harbour")
  link.loading.dispatchEvent(new Event("load"))
  assert.equal(link.dataset.image, "shown")
})

test("an image that stands in the text becomes a blob of its type, until it is put away", async () => {
  const link = new Link()
  link.act.textContent = "Show image: "
  link.href = `data:image/png;base64,${btoa("\x89PNG")}`
  link.ownerDocument.createElement = () => (link.loading = new Image())
  assert.equal(toggleImage(link), true)
  assert.equal(link.words, "Loading image: A harbour")
  const { src } = link.image
  const response = await fetch(src)
  assert.equal(response.headers.get("content-type"), "image/png")
  assert.deepEqual([...new Uint8Array(await response.arrayBuffer())], [0x89, 0x50, 0x4e, 0x47])
  assert.equal(toggleImage(link), true)
  assert.equal(link.words, "Show image: A harbour")
  await assert.rejects(fetch(src))
})
