// Shows the state of the page's connection to the stream of its chat.
import { Controller } from "@hotwired/stimulus"
import { SIGNED_OUT } from "../elements/stream_source/refusal.js"

const PATIENCE = 2_000
const SOURCE = "#chat-source"

export default class extends Controller {
  connect() {
    this.listening = new AbortController()
    this.on("natter:connected", () => this.show("open", ""))
    this.on("natter:disconnected", () => this.wait("offline"))
    this.on("natter:ended", ({ reason }) => this.end(reason))
    if (document.querySelector(`${SOURCE}[connected]`)) this.show("open", "")
    else this.wait("connecting")
  }

  disconnect() {
    this.listening.abort()
    clearTimeout(this.timer)
  }

  on(event, listener) {
    const hear = ({ target, detail }) => target.matches(SOURCE) && listener(detail)
    document.addEventListener(event, hear, { signal: this.listening.signal })
  }

  // A connection that is back within a moment is not worth a word.
  wait(state) {
    this.show(state, "")
    this.timer = setTimeout(() => this.show(state, "Reconnecting…"), PATIENCE)
  }

  // Beside the message box stands how to sign in.
  end(reason) {
    this.show("ended", reason === SIGNED_OUT ? "" : "Disconnected. Reload the page.")
  }

  show(state, words) {
    clearTimeout(this.timer)
    this.element.dataset.connection = state
    this.element.textContent = words
  }
}
