// Loads an image from another site when the reader asks for it, and never before.

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
  image.src = link.href
  link.dataset.image = "shown"
  link.title = "Hide the image"
  link.replaceChildren(image)
}

function hide(link, state) {
  link.textContent = link.querySelector("img").alt
  link.removeAttribute("title")
  if (state) link.dataset.image = state
  else delete link.dataset.image
}
