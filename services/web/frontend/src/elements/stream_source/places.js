// Where in its stream each <turbo-stream> of the page came from.
//
// No attribute tells: the gateway marks a frame's first element only, and a publisher may write what it likes into any
// other.

const places = new WeakMap()

/** Hands a frame to Turbo, which asks about each element of it in the same go: `cursor` is the place of all of them. */
export function atPlace(cursor, handOver) {
  const note = ({ target }) => places.set(target, cursor)
  document.addEventListener("turbo:before-stream-render", note, { capture: true })
  handOver()
  document.removeEventListener("turbo:before-stream-render", note, { capture: true })
}

/** The cursor of the frame that `element` came with; null or undefined where it came otherwise. */
export function placeOf(element) {
  return places.get(element)
}
