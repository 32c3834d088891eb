// Keeps what a reader has selected in the open end of an answer while it is written anew.

const OPEN_END = /_tail$/
// What moves to the finished text at once is one block, or few.
const MOVED_AT_ONCE = 8

/**
 * Notes a selection that begins or ends in one of `changing`, which are about to get other contents. Returns what selects
 * the same text again: where it stood, or among the blocks that have meanwhile moved to the finished text before it.
 */
export function selectionIn(root, changing) {
  const selection = root.getSelection()
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection
  // `isCollapsed` would have Chromium lay the whole page out, before each change of it.
  const isCollapsed = anchorNode === focusNode && anchorOffset === focusOffset
  const part = isCollapsed ? undefined : changing.find((each) => each.contains(anchorNode) || each.contains(focusNode))
  if (!part || !OPEN_END.test(part.id)) return () => {}
  const ends = [
    [anchorNode, anchorOffset],
    [focusNode, focusOffset],
  ].map(([node, offset]) => (part.contains(node) ? lengthBefore(part, node, offset) : [node, offset]))
  const known = part.textContent.slice(0, Math.max(...ends.filter(Number.isInteger)))
  return () => {
    const place = [part, ...movedFrom(root, part)].find((each) => each.textContent.startsWith(known))
    if (!place) return
    const points = ends.map((end) => (Number.isInteger(end) ? pointAt(place, end) : end))
    if (points.every(([node]) => node?.isConnected)) selection.setBaseAndExtent(...points[0], ...points[1])
  }
}

function lengthBefore(part, node, offset) {
  const range = part.ownerDocument.createRange()
  range.setStart(part, 0)
  range.setEnd(node, offset)
  return range.toString().length
}

function movedFrom(root, part) {
  const finished = root.getElementById(part.id.replace(OPEN_END, "_done"))
  return finished ? [...finished.children].slice(-MOVED_AT_ONCE).reverse() : []
}

function pointAt(place, length) {
  const texts = place.ownerDocument.createTreeWalker(place, NodeFilter.SHOW_TEXT)
  let rest = length
  while (texts.nextNode()) {
    const { currentNode } = texts
    if (rest <= currentNode.length) return [currentNode, rest]
    rest -= currentNode.length
  }
  return [place, place.childNodes.length]
}
