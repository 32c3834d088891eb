// Wires the form of a chat's options: in the menu, Cancel closes it; on a page of its own it is an ordinary form.
import { Controller } from "@hotwired/stimulus"

export default class extends Controller {
  connect() {
    if (!this.menu) this.element.dataset.turbo = "false"
  }

  cancel(event) {
    if (!this.menu) return
    event.preventDefault()
    this.menu.hidePopover()
  }

  get menu() {
    return this.element.closest("[popover]")
  }
}
