// What a link says for a moment about what it has done.

const SHOWN_FOR = 2_000
const own = new WeakMap()

/** Shows `words` in the place of the link's own for a moment. */
export function sayFor(link, words) {
  const text = link.lastChild
  if (!own.has(text)) own.set(text, text.data)
  text.data = words
  setTimeout(() => (text.data = own.get(text)), SHOWN_FOR)
}

/** Whether a click is no wish for another tab or window, which is the browser's. */
export function isPlain({ button, ctrlKey, metaKey, shiftKey, altKey }) {
  return !(button || ctrlKey || metaKey || shiftKey || altKey)
}
