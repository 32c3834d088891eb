// Wires the form that renames a chat: beside the title, in the menu, or on a page of its own.
import { Controller } from "@hotwired/stimulus"
import { isFocusFree } from "../models/focus.js"

export default class extends Controller {
  static targets = ["input"]

  connect() {
    this.frame = this.element.closest("turbo-frame")
    const place = this.frame.closest("#menu, .header")
    this.isInPlace = place !== null
    if (!this.isInPlace) this.frame.dataset.turbo = "false"
    if (!isFocusFree(this.frame, place)) return
    this.inputTarget.focus()
    this.inputTarget.select()
  }

  // Closed by what the server sent, or by `cancel`.
  disconnect() {
    if (!this.frame.matches(".header__rename")) return
    for (const name of ["src", "complete"]) this.frame.removeAttribute(name)
    if (document.activeElement === document.body) document.querySelector(".header__name")?.focus()
  }

  cancel(event) {
    if (!this.isInPlace) return
    event.preventDefault()
    const popover = this.element.closest("[popover]")
    if (popover) popover.hidePopover()
    else this.frame.replaceChildren()
  }
}
