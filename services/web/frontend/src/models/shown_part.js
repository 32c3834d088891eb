// What a page shows of a conversation: the newest part, and what its reader has gone on to.

const MESSAGE = ":scope > .message"
const ID = /^message_(\d+)$/

/** The address at which the page's own server renders what `root` shows now, in place of `url`. */
export function addressOfShown(root, url) {
  const address = new URL(url)
  const list = root.querySelector(".message-list")
  const first = list?.querySelector(MESSAGE)
  if (!first || !/\/message\/list\/$/.test(address.pathname)) return url
  address.search = new URLSearchParams({ from: number(first), ...untilGap(list) })
  return address.href
}

/** Puts the children of a loaded part in the place of `gap`, without what the list has already. */
export function fillGap(gap, part) {
  const shown = new Set(Array.from(gap.parentElement.children, (child) => child.id))
  shown.delete(gap.id)
  gap.replaceWith(...Array.from(part.children).filter((child) => !shown.has(child.id)))
}

/** Whether messages are missing between what `root` shows and what is added at the end. */
export function hasNewerGap(root) {
  return root.querySelector("#newer") !== null
}

function untilGap(list) {
  const before = list.querySelector(":scope > #newer")?.previousElementSibling
  return before ? { until: number(before) } : {}
}

function number({ id }) {
  return ID.exec(id)?.[1]
}
