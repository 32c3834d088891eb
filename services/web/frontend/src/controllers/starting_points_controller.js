// Wires the starting points of an empty chat: one fills the message box, in place of what another put there.
import { Controller } from "@hotwired/stimulus"

export default class extends Controller {
  fill({ params: { text } }) {
    const box = document.getElementById("message-content")
    if (box.value === "" || box.value === this.filled) box.value = text
    else box.setRangeText(text, box.selectionStart, box.selectionEnd, "end")
    this.filled = text
    box.dispatchEvent(new Event("input", { bubbles: true }))
    box.focus()
    box.setSelectionRange(box.value.length, box.value.length)
  }
}
