// Wires the message box: keys, growth, draft, and what happens to the text once it is sent.
import { Controller } from "@hotwired/stimulus"
import { isNotSignedIn, SIGNED_OUT } from "../elements/stream_source/refusal.js"
import { unfinishedIn } from "../models/answer_watcher.js"
import { CARRIED, Draft } from "../models/draft.js"
import { isFocusFree } from "../models/focus.js"
import { randomKey } from "../models/random_key.js"
import { isRepeatedClick } from "../models/repeated_click.js"
import { isTaken, Sending } from "../models/sending.js"
import { signInNotice } from "../models/signed_out.js"
import { asksToSend, fitHeight } from "../models/text_box.js"

const FAILED = "The message could not be sent. It is still here: please try again."

export default class extends Controller {
  static targets = ["form", "input", "key", "error", "send", "stop"]
  static values = { draft: String, account: String, conversation: String }

  initialize() {
    this.sending = new Sending()
    this.touchOnly = window.matchMedia("(pointer: coarse) and (hover: none)")
  }

  // Once with the page, and again when the server has sent the form back: then what the reader left in it goes on.
  inputTargetConnected(input) {
    this.draft = new Draft(this.draftValue)
    const { carried } = this
    input.value = this.left ?? (input.value || this.draft.text || carried.text)
    carried.text = ""
    fitHeight(input)
    if (this.left !== undefined && document.activeElement === document.body) input.focus()
  }

  inputTargetDisconnected(input) {
    this.left = input.value
  }

  stopTargetConnected() {
    this.answering()
  }

  // While there is nothing to send, the button stops the answer that is being written.
  answering() {
    this.stopTarget.hidden = unfinishedIn(document) === null
  }

  // The second click of two was meant for the button that sends, which was here a moment ago.
  stop(event) {
    if (isRepeatedClick(event)) return
    unfinishedIn(document)?.querySelector(".message__action--stop")?.requestSubmit()
    this.inputTarget.focus({ preventScroll: true })
  }

  // On a touch screen Enter has no Shift beside it: there it breaks the line and the button sends.
  key(event) {
    if (!asksToSend(event, document.body.dataset.enter) || this.touchOnly.matches) return
    event.preventDefault()
    if (this.text.trim()) this.formTarget.requestSubmit(this.sendTarget)
  }

  typed() {
    this.draft.text = this.text
    fitHeight(this.inputTarget)
  }

  // Another page of the chat has sent its text, and with it went the draft of both.
  keepOwn(event) {
    if (this.draft.isTakenBy(event) && this.text !== event.oldValue) this.draft.text = this.text
  }

  // What is written goes along into the chat that this form opens.
  carry() {
    this.carried.text = this.text
    this.draft.text = ""
  }

  // Heard in the capture phase: Turbo listens on the frame, which is nearer to the form than this element.
  submit(event) {
    if (event.target !== this.formTarget) return
    if (!this.text.trim() || !this.sending.begin(this.text)) event.preventDefault()
  }

  finish({ target, detail }) {
    if (target !== this.formTarget) return
    const success = isTaken(detail)
    const rest = this.sending.finish(this.text, { success })
    if (success) this.sent(rest)
    else if (detail.error) this.fail(FAILED)
    if (this.sending.takeRepeat() && success && rest) this.formTarget.requestSubmit(this.sendTarget)
  }

  sent(rest) {
    this.inputTarget.value = this.draft.text = rest
    this.keyTarget.value = randomKey()
    this.fail("")
    fitHeight(this.inputTarget)
    if (isFocusFree(this.element)) this.inputTarget.focus({ preventScroll: true })
    this.dispatch("sent")
    // On a page of its own nothing else would show that it was sent.
    if (this.hasConversationValue) window.location.assign(this.conversationValue)
  }

  // The answer was not the form but an error page.
  refuse(event) {
    if (!event.target.contains(this.formTarget)) return
    event.preventDefault()
    if (isNotSignedIn(event.detail.response)) this.signedOut()
    else this.fail(FAILED)
  }

  // The answer that is being written goes on without this page.
  ended({ target, detail }) {
    if (target.id === "chat-source" && detail.reason === SIGNED_OUT) this.signedOut()
  }

  signedOut() {
    this.fail(...signInNotice("What you write is kept in this browser. "))
  }

  fail(...message) {
    this.errorTarget.replaceChildren(...message)
    this.errorTarget.hidden = !this.errorTarget.textContent
    this.inputTarget.removeAttribute("aria-invalid")
  }

  // Somebody else may sign in meanwhile.
  get carried() {
    return new Draft(`${CARRIED}:${this.accountValue}`)
  }

  get text() {
    return this.inputTarget.value
  }
}
