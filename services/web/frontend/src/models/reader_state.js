// Keeps what a reader has opened and selected, and where the focus is, while the page under it changes.
import { selectionIn } from "./kept_selection.js"

const CHANGING = ["replace", "update"]
// A frame has its `src` from the click on, before the form comes; one that loads itself is not the reader's. The list of
// chats is read again by itself.
const KEPT = "turbo-frame:is([src]:not([loading]), :has(form)), a.remote-image[data-image], #chats"

/** Keeps opened details, forms and images through morphs, and details, the selection and the focus through streams. */
export function keepReaderState(root) {
  root.addEventListener("turbo:before-morph-attribute", (event) => {
    if (event.target.matches("details") && event.detail.attributeName === "open") event.preventDefault()
  })
  root.addEventListener("turbo:before-morph-element", (event) => {
    if (event.detail.newElement && event.target.matches(KEPT)) event.preventDefault()
  })
  root.addEventListener("turbo:before-stream-render", ({ detail }) => {
    const { render } = detail
    detail.render = (stream) => {
      const again = () => render(stream)
      return kept(root, CHANGING.includes(stream.action) ? stream.targetElements : [], again)
    }
  })
  root.addEventListener("turbo:before-render", ({ detail }) => {
    const { render, renderMethod } = detail
    if (renderMethod === "morph") detail.render = (...pages) => kept(root, [], () => render(...pages))
  })
}

async function kept(root, changing, render) {
  const restore = [openDetails(root, changing), selectionIn(root, changing), focus(root)]
  await render()
  for (const each of restore) each()
}

function openDetails(root, changing) {
  const ids = changing.flatMap((element) => Array.from(element.querySelectorAll("details[open][id]"), ({ id }) => id))
  return () => ids.forEach((id) => root.getElementById(id)?.setAttribute("open", ""))
}

function focus(root) {
  const { activeElement } = root
  const successor =
    messageWith(root, activeElement) ?? codeWith(root, activeElement) ?? (() => root.getElementById(activeElement?.id))
  return () => {
    if (!root.activeElement || root.activeElement === root.body) successor()?.focus({ preventScroll: true })
  }
}

// To the control that does the same, to the same arrow between versions, or to the footer: at another control the next
// key press would do what nobody has asked for.
function messageWith(root, element) {
  const footer = element?.closest(".message__footer")
  if (!footer) return null
  const place = footers(root).indexOf(footer)
  const address = element.matches("a, button") && addressOf(element)
  const arrow = element.closest(".message__versions button")?.getAttribute("aria-label")
  return () => {
    const successor = root.getElementById(footer.id) ?? footers(root).at(Math.min(place, footers(root).length - 1))
    const same = [...(successor?.querySelectorAll("a, button") ?? [])].find((each) => address && addressOf(each) === address)
    return same ?? successor?.querySelector(`.message__versions button[aria-label="${arrow}"]:enabled`) ?? successor
  }
}

// Where a link leads, or a button sends its form.
function addressOf(control) {
  return control.getAttribute("href") ?? control.form?.getAttribute("action")
}

// Code is replaced when it ends, and when its colours come.
function codeWith(root, element) {
  const id = element?.closest(".prose pre[id]")?.id
  return id ? () => root.getElementById(id)?.querySelector(".copy") : null
}

function footers(root) {
  return [...root.querySelectorAll(".message__footer")]
}
