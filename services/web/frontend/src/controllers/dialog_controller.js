// Opens a dialog in the place of the page that its links lead to.
import { Controller } from "@hotwired/stimulus"
import { isPlainClick } from "../models/plain_click.js"

export default class extends Controller {
  static values = { address: String }

  connect() {
    this.listening = new AbortController()
    document.addEventListener("click", (event) => this.follow(event), { signal: this.listening.signal })
  }

  disconnect() {
    this.listening.abort()
  }

  follow(event) {
    const link = event.target.closest?.("a[href]")
    if (!isPlainClick(event) || link?.getAttribute("href") !== this.addressValue || link.target) return
    event.preventDefault()
    this.open()
  }

  open() {
    if (this.element.open) return
    this.element.showModal()
    this.dispatch("opened")
  }

  close() {
    this.element.close()
  }

  // The dialog's own box is padded by its parts: only its backdrop is the dialog itself.
  outside(event) {
    if (event.target === this.element || event.target.closest("a[data-closes]")) this.close()
  }
}
