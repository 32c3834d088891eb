// Listens for the page's keyboard shortcuts.
import { Controller } from "@hotwired/stimulus"
import { perform } from "../models/page_commands.js"
import { commandOf } from "../models/shortcuts.js"

const FIELDS = "input, textarea, select, [contenteditable]"

export default class extends Controller {
  press(event) {
    const { singleKeys, searchKey } = document.body.dataset
    const command = commandOf(event, {
      ...placeOf(event.target),
      singleKeys: singleKeys !== "false",
      searchKey: searchKey !== "false",
    })
    if (!event.defaultPrevented && command && perform(command)) event.preventDefault()
  }
}

// In an open dialog or menu the keys are those of its own controls.
function placeOf(target) {
  const isBusy = document.querySelector("dialog[open], :is(.menu, .picker):popover-open")
  if (target.id === "message-content" && !isBusy) return { place: "message", isEmpty: target.value === "" }
  return { place: isBusy || target.closest?.(FIELDS) ? "field" : "page" }
}
