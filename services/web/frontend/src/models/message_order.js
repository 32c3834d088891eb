// Keeps messages in the order in which they were stored, whichever way each of them came.

/**
 * Two people may write at once: the answer to one's form then overtakes the other's message, which comes over the
 * socket. What has been appended behind a later message goes in front of it; what is no message stays where it is.
 */
export function orderMessages(root) {
  root.addEventListener("turbo:before-stream-render", (event) => {
    const render = event.detail.render
    event.detail.render = async (stream) => {
      await render(stream)
      if (stream.action !== "append") return
      const ids = Array.from(stream.templateElement.content.children, (child) => child.id)
      for (const target of stream.targetElements) restoreOrder(target, ids)
    }
  })
}

/** Moves those children of `list` that have one of these ids in front of every later message. */
export function restoreOrder(list, ids) {
  for (const id of ids.filter((id) => !Number.isNaN(number(id)))) {
    const children = [...list.children]
    const place = children.findIndex((child) => child.id === id)
    const later = children.findIndex((child) => number(child.id) > number(id))
    if (later >= 0 && later < place) children[later].before(children[place])
  }
}

// Not a number, and so neither before nor after anything, where the id is no message's.
function number(id) {
  return Number(/^message_(\d+)$/.exec(id)?.[1] ?? NaN)
}
