// Makes an append idempotent: what the target already holds is left as it stands.

/** Whether `stream` appends only elements that every one of its targets already has as direct children. */
export function isRepeatedAppend(stream) {
  if (stream.action !== "append") return false
  const ids = contentIds(stream.templateElement.content)
  const targets = stream.targetElements
  return ids.length > 0 && targets.length > 0 && targets.every((target) => holdsAll(target, ids))
}

/**
 * Turns repeated appends into no-ops, so that a late answer to a POST cannot roll back a message that grew meanwhile.
 * The question is asked when the element is rendered: what arrived before it may not be in the page earlier.
 */
export function guardAppends(root) {
  root.addEventListener("turbo:before-stream-render", (event) => {
    const render = event.detail.render
    event.detail.render = (stream) => (isRepeatedAppend(stream) ? undefined : render(stream))
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
