// What a shortcut does: it uses the page's own links, buttons and fields, and nothing where they are missing.
import { neighbour } from "./neighbour.js"

const MESSAGES = ".message-list > .message"
const CHATS = ".sidebar a.chat-link"

const COMMANDS = {
  help: (page) => open(page, "#shortcuts-dialog", ".sidebar__help"),
  search: (page) => open(page, "#search-dialog", ".search__input"),
  write: (page) => focus(page.querySelector("#message-content")),
  newChat: (page) => press(page.querySelector(".sidebar__new button")),
  nextMessage: (page) => goTo(neighbour(all(page, MESSAGES), messageIn(page), 1)),
  previousMessage: (page) => goTo(neighbour(all(page, MESSAGES), messageIn(page), -1)),
  nextChat: (page) => press(otherChat(page, 1)),
  previousChat: (page) => press(otherChat(page, -1)),
  copy: (page) => press((messageIn(page) ?? last(page, ".message--assistant"))?.querySelector(".message__copy")),
  edit: (page) => press(last(page, ".message--user")?.querySelector(".message__edit > a")),
  regenerate: (page) => press(last(page, ".message--assistant")?.querySelector(".message__action--regenerate button")),
  model: (page) => press(page.querySelector(".composer .picker__button")),
  newest: (page) => press(page.querySelector("#jump")),
  stop: (page) => press(page.querySelector(".composer__stop:not([hidden])")),
}

/** Does what `command` says; false if the page has nothing to do it with. */
export function perform(command, page = document) {
  return COMMANDS[command](page)
}

function press(control) {
  control?.click()
  return Boolean(control)
}

function focus(control) {
  control?.focus()
  return Boolean(control)
}

// On the page that a dialog shows a part of there is no dialog.
function open(page, dialog, instead) {
  const found = page.querySelector(dialog)
  if (!found) return focus(page.querySelector(instead))
  found.dispatchEvent(new CustomEvent("dialog:open"))
  return true
}

function goTo(message) {
  if (!message) return false
  message.tabIndex = -1
  message.focus({ preventScroll: true })
  message.scrollIntoView({ block: "start" })
  return true
}

function otherChat(page, step) {
  const chats = all(page, CHATS)
  const current = page.querySelector(`${CHATS}[aria-current]`)
  const found = neighbour(chats, current, step)
  return found === current ? null : found
}

function messageIn(page) {
  return page.activeElement?.closest(".message") ?? null
}

function last(page, selector) {
  return all(page, `.message-list > ${selector}`).at(-1)
}

function all(page, selector) {
  return [...page.querySelectorAll(selector)]
}
