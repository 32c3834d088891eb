// Wires the form that says a message anew, in the message's place or on a page of its own.
import { Controller } from "@hotwired/stimulus"
import { Draft } from "../models/draft.js"
import { isFocusFree } from "../models/focus.js"
import { isTaken } from "../models/sending.js"
import { asksToSend, fitHeight } from "../models/text_box.js"

export default class extends Controller {
  static targets = ["input", "send", "link"]
  static values = { draft: String }

  connect() {
    // On its own page the form leads back to the conversation, as any form does.
    if (!this.isInPlace) this.element.dataset.turbo = "false"
    this.draft = new Draft(this.draftValue)
    const input = this.inputTarget
    input.value = this.draft.text || input.value
    if (isFocusFree(this.element.closest("turbo-frame"))) {
      input.focus()
      input.setSelectionRange(input.value.length, input.value.length)
    }
    fitHeight(input)
  }

  // Another page may show another version meanwhile, and this form with its message is gone.
  typed() {
    this.draft.text = this.inputTarget.value
    fitHeight(this.inputTarget)
  }

  key(event) {
    if (event.key === "Escape" && this.isInPlace) this.cancel(event)
    else if (event.target === this.inputTarget && asksToSend(event, document.body.dataset.enter) && !isTouchOnly()) this.send(event)
  }

  send(event) {
    event.preventDefault()
    if (this.inputTarget.value.trim()) this.element.requestSubmit(this.sendTarget)
  }

  // The browser keeps what a page of its own has sent.
  left() {
    if (!this.isInPlace) this.draft.text = ""
  }

  sent({ detail }) {
    if (isTaken(detail)) this.draft.text = ""
  }

  // Back to the link that led here, without asking the server for it.
  cancel(event) {
    this.draft.text = ""
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
