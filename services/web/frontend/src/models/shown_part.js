// What a page shows of a conversation: the newest part, and what its reader has gone on to.
import { messageInSight, messagesIn } from "./reading_place.js"

const ID = /^message_(\d+)$/
/** A page that loads itself again has no more messages than this: three parts, those around the reader. */
export const MOST = 180

/** The address at which the page's own server renders what `root` shows now, in place of `url`. */
export function addressOfShown(root, url) {
  const address = new URL(url)
  const list = root.querySelector(".message-list")
  if (!list?.firstElementChild || !/\/message\/list\/$/.test(address.pathname)) return url
  const ids = beforeGap(messagesIn(list)).map(number)
  const inSight = number(messageInSight(root.querySelector(".transcript__scroller"), list) ?? list.lastElementChild)
  address.search = new URLSearchParams(rangeAround(ids, inSight, hasNewerGap(root)))
  return address.href
}

/** What to ask for so that these messages are shown, or those of them around `inSight`. */
export function rangeAround(ids, inSight, hasGap) {
  if (!ids.length) return {}
  const place = ids.indexOf(inSight)
  const last = Math.max(0, ids.length - MOST)
  const start = place < 0 ? last : Math.min(last, Math.max(0, place - MOST / 2))
  const end = Math.min(ids.length, start + MOST)
  const until = hasGap || end < ids.length ? { until: ids[end - 1] } : {}
  return { from: ids[start], ...until }
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

// What was added behind the gap is not part of what stands before it.
function beforeGap(messages) {
  const gap = messages[0]?.parentElement.querySelector(":scope > #newer")
  if (!gap) return messages
  return messages.filter((message) => message.compareDocumentPosition(gap) & Node.DOCUMENT_POSITION_FOLLOWING)
}

function number({ id }) {
  return ID.exec(id)?.[1]
}
