// The rows of the list of chats.

const ACT = /\/chat\/(\d+)\/([a-z]+)\/$/

/** What a form does to a whole chat, as `{ chat, name }`; null for any other form. */
export function actOf({ action }) {
  const [, chat, name] = ACT.exec(new URL(action).pathname) ?? []
  return name ? { chat: Number(chat), name } : null
}

/** Marks the row of the chat that the page shows: rows that come live do not know it. */
export function markCurrent(row, chat) {
  if (row.id === `chat_${chat}_row`) row.querySelector(".chat-link").setAttribute("aria-current", "page")
}

/** Writes the title and the state of `fresh` into `row`. */
export function fillRow(row, fresh) {
  for (const part of [".chat-link__title", ".chat-link__state"]) {
    row.querySelector(part).innerHTML = fresh.querySelector(part).innerHTML
  }
}

/** The link of the row that is shown after `row`, or else before it; undefined where it is the only one. */
export function neighbourOf(row) {
  const rows = [...row.closest("#chats").querySelectorAll(".chat-row:not([hidden])")]
  const place = rows.indexOf(row)
  return (rows[place + 1] ?? rows[place - 1])?.querySelector(".chat-link")
}

/** Moves the rows that `frame` has loaded to the end of their groups in `list`, and the next frame into its place. */
export function takeOlder(frame, list) {
  const rows = [...frame.querySelectorAll("[data-group] > .chat-row")]
  for (const row of rows) {
    const group = list.querySelector(`#chats-${row.parentElement.dataset.group}-list`)
    if (list.querySelector(`.chat-group #${row.id}`)) row.remove()
    else group.append(row)
  }
  const next = frame.querySelector("turbo-frame")
  if (next) frame.replaceWith(next)
  else frame.remove()
  return rows
}
