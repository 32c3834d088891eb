// Loads an image from another site, or one that stands in the text, when the reader asks for it, and never before.

const DATA = /^data:(image\/(?:png|jpeg|gif|webp));base64,(.*)$/

/**
 * Shows the image that `link` leads to in the link itself, or its words again. False where the link is to be followed:
 * the image could not be loaded.
 */
export function toggleImage(link) {
  if (link.dataset.image === "failed") return false
  if (link.dataset.image) hide(link)
  else show(link)
  return true
}

function show(link) {
  const image = link.ownerDocument.createElement("img")
  image.referrerPolicy = "no-referrer"
  image.alt = link.textContent
  image.addEventListener("error", () => link.contains(image) && hide(link, "failed"), { once: true })
  image.src = sourceOf(link.href)
  link.dataset.image = "shown"
  link.title = "Hide the image"
  link.replaceChildren(image)
}

// A page of ours loads no data URL: its policy allows blobs, which only scripts can make.
function sourceOf(address) {
  const [, type, base64] = DATA.exec(address) ?? []
  if (!type) return address
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  return URL.createObjectURL(new Blob([bytes], { type }))
}

function hide(link, state) {
  const image = link.querySelector("img")
  URL.revokeObjectURL(image.src)
  link.textContent = image.alt
  link.removeAttribute("title")
  if (state) link.dataset.image = state
  else delete link.dataset.image
}
