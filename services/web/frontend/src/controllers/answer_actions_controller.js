// Wires what can be done with a message: stop, retry, continue, regenerate, its other versions, and saying it anew.
import { Controller } from "@hotwired/stimulus"
import { isNotSignedIn } from "../elements/stream_source/refusal.js"
import { isSentBack, refusalWords } from "../models/refusal.js"
import { isRepeatedClick } from "../models/repeated_click.js"

const ACTION = /\/message\/\d+\/[a-z]+\/$/
const SHOWN_FOR = 8_000

export default class extends Controller {
  static targets = ["error"]

  disconnect() {
    clearTimeout(this.timer)
  }

  // The second click of two belongs to the first: what is there meanwhile may do something else.
  click(event) {
    if (isRepeatedClick(event) && event.target.closest(".message__footer button")) event.preventDefault()
  }

  // An error page would take the place of the whole conversation.
  answered(event) {
    const { response } = event.detail.fetchResponse
    if (!ACTION.test(new URL(response.url).pathname)) return
    if (response.ok || isSentBack(response, event.target)) return this.say("")
    event.preventDefault()
    forget(event.target)
    this.refuse(response)
  }

  // Without an answer from the server. What fails in the menu is said beside it.
  failed({ target, detail: { request } }) {
    if (!ACTION.test(request.url.pathname) || target.closest("#menu")) return
    forget(target)
    this.refuse()
  }

  // The answer leads to the page, in which the message that was said anew is another one.
  leaveFrame(event) {
    event.preventDefault()
    const { response, visit } = event.detail
    if (response.ok) visit(response.url, { action: "replace" })
    else this.refuse(response)
  }

  // That nobody is signed in is said by a toast, with the way to sign in.
  async refuse(response) {
    this.say(isNotSignedIn(response) ? "" : await refusalWords(response))
  }

  say(words) {
    clearTimeout(this.timer)
    this.errorTarget.textContent = words
    this.errorTarget.hidden = !words
    if (words) this.timer = setTimeout(() => this.say(""), SHOWN_FOR)
  }
}

// A frame that keeps the address would not ask for it again, and would be kept from a refresh.
function forget(target) {
  if (target.matches("turbo-frame.message__edit")) target.removeAttribute("src")
}
