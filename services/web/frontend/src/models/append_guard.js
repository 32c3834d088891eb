// Makes an append idempotent: what the target already holds is left as it stands.

const MESSAGE = /^message_\d+$/

/** Whether `stream` appends only elements that every one of its targets already has as direct children. */
export function isRepeatedAppend(stream) {
  if (stream.action !== "append") return false
  const ids = contentIds(stream.templateElement.content)
  const targets = stream.targetElements
  return ids.length > 0 && targets.length > 0 && targets.every((target) => holdsAll(target, ids))
}

/** Whether `stream` appends messages and nothing else. */
export function appendsMessages(stream) {
  if (stream.action !== "append") return false
  const ids = contentIds(stream.templateElement.content)
  return ids.length > 0 && ids.every((id) => MESSAGE.test(id))
}

/**
 * Turns repeated appends into no-ops, so that a late answer to a POST cannot roll back a message that grew meanwhile.
 * The question is asked when the element is rendered: what arrived before it may not be in the page earlier.
 *
 * `isPast` tells whether the page was rendered later than a stream was published: then it has the messages of it, unless
 * other versions have taken their place.
 */
export function guardAppends(root, isPast = () => false) {
  root.addEventListener("turbo:before-stream-render", (event) => {
    const render = event.detail.render
    const isOver = (stream) => isRepeatedAppend(stream) || (appendsMessages(stream) && isPast(stream))
    event.detail.render = (stream) => (isOver(stream) ? undefined : render(stream))
  })
}

// No ids at all when anything in the template could not be recognised again.
function contentIds(content) {
  const nodes = [...content.childNodes].filter((node) => node.nodeType !== 3 || node.data.trim())
  const ids = nodes.map((node) => node.id)
  return ids.every(Boolean) ? ids : []
}

function holdsAll(target, ids) {
  const held = new Set(Array.from(target.children, (child) => child.id))
  return ids.every((id) => held.has(id))
}
