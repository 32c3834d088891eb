// Wires the form that says a message anew, in the message's place or on a page of its own.
import { Controller } from "@hotwired/stimulus"
import { asksToSend, fitHeight } from "../models/text_box.js"

export default class extends Controller {
  static targets = ["input", "send", "link"]

  connect() {
    // On its own page the form leads back to the conversation, as any form does.
    if (!this.isInPlace) this.element.dataset.turbo = "false"
    const end = this.inputTarget.value.length
    this.inputTarget.focus()
    this.inputTarget.setSelectionRange(end, end)
    this.typed()
  }

  typed() {
    fitHeight(this.inputTarget)
  }

  key(event) {
    if (event.key === "Escape" && this.isInPlace) this.cancel(event)
    else if (event.target === this.inputTarget && asksToSend(event) && !isTouchOnly()) this.send(event)
  }

  send(event) {
    event.preventDefault()
    if (this.inputTarget.value.trim()) this.element.requestSubmit(this.sendTarget)
  }

  // Back to the link that led here, without asking the server for it.
  cancel(event) {
    if (!this.isInPlace) return
    event.preventDefault()
    const frame = this.element.closest("turbo-frame")
    const link = this.linkTarget.content.cloneNode(true)
    for (const name of ["src", "complete"]) frame.removeAttribute(name)
    frame.replaceChildren(link)
    frame.querySelector("a").focus()
  }

  get isInPlace() {
    return this.element.closest(".message") !== null
  }
}

// On a touch screen Enter has no Shift beside it.
const isTouchOnly = () => window.matchMedia("(pointer: coarse) and (hover: none)").matches
