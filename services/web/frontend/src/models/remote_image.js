// Loads an image from another site, or one that stands in the text, when the reader asks for it, and never before.

const DATA = /^data:(image\/(?:png|jpeg|gif|webp));base64,(.*)$/
const ACT = /^Show image(.*): $/
const images = new WeakMap()

/**
 * Shows the image that `link` leads to in the link itself, or its words again. False where the link is to be followed:
 * the image could not be loaded. `say` is told what has happened.
 */
export function toggleImage(link, say = () => {}) {
  if (link.dataset.image === "failed") return false
  if (images.has(link)) putAway(link)
  else load(link, say)
  return true
}

function load(link, say) {
  const words = [...link.childNodes]
  const act = link.querySelector(".remote-image__act")
  const from = ACT.exec(act.textContent)[1]
  const image = link.ownerDocument.createElement("img")
  const isWanted = () => images.get(link)?.image === image
  const show = () => {
    link.dataset.image = "shown"
    link.title = "Hide the image"
    link.replaceChildren(image)
    say("The image is shown.")
  }
  const fail = () => {
    putAway(link)
    link.dataset.image = "failed"
    act.textContent = `Image${from} not loaded: `
    say("The image could not be loaded.")
  }
  images.set(link, { image, words, act, asked: act.textContent, title: link.title })
  link.dataset.image = "loading"
  act.textContent = `Loading image${from}: `
  say("Loading the image.")
  image.referrerPolicy = "no-referrer"
  image.alt = words.map((node) => (node === act ? "" : node.textContent)).join("")
  image.addEventListener("load", () => isWanted() && show(), { once: true })
  image.addEventListener("error", () => isWanted() && fail(), { once: true })
  image.src = sourceOf(link.href)
}

// A page of ours loads no data URL: its policy allows blobs, which only scripts can make.
function sourceOf(address) {
  const [, type, base64] = DATA.exec(address) ?? []
  if (!type) return address
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  return URL.createObjectURL(new Blob([bytes], { type }))
}

function putAway(link) {
  const { image, words, act, asked, title } = images.get(link)
  images.delete(link)
  URL.revokeObjectURL(image.src)
  act.textContent = asked
  link.title = title
  link.replaceChildren(...words)
  delete link.dataset.image
}
