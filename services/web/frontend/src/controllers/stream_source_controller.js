// Connects the page to its stream and shows the state of that connection.
import { Controller } from "@hotwired/stimulus"
import { connectStreamSource, disconnectStreamSource } from "@hotwired/turbo"
import { refreshElement } from "../models/page_refresh.js"
import { StallWatch } from "../models/stall_watch.js"
import { StreamConnection } from "../models/stream_connection.js"

const PATIENCE = 2_000

export default class extends Controller {
  static values = { url: String, refresh: String }

  connect() {
    this.connection = new StreamConnection(this.urlValue, {
      catchUp: (signal) => refreshElement(this.refreshValue, signal),
    })
    this.watch = new StallWatch({
      waiting: () => document.getElementById(this.refreshValue)?.querySelector("[aria-busy='true']"),
      look: () => this.connection.lookAgain(),
    })
    this.connection.addEventListener("state", this.show)
    this.connection.addEventListener("message", () => this.watch.heard())
    connectStreamSource(this.connection)
    this.connection.connect()
    this.watch.start()
    window.addEventListener("online", this.hurry)
  }

  disconnect() {
    window.removeEventListener("online", this.hurry)
    clearTimeout(this.timer)
    this.watch.stop()
    disconnectStreamSource(this.connection)
    this.connection.disconnect()
  }

  hurry = () => this.connection.connect()

  show = ({ detail: state }) => {
    this.element.dataset.connection = state
    if (state === "open") this.say("")
    else if (state === "ended") this.say("Disconnected. Reload the page.")
    else this.timer ??= setTimeout(() => this.say("Reconnecting…"), PATIENCE)
  }

  say(words) {
    clearTimeout(this.timer)
    this.timer = words ? this.timer : null
    this.element.textContent = words
  }
}
