// Shows a moment to come as the time until then.
import { Controller } from "@hotwired/stimulus"
import { serverClock } from "../models/server_clock.js"
import { timeUntil } from "../models/time_until.js"

const SECOND = 1_000

export default class extends Controller {
  connect() {
    this.show()
    this.timer = setInterval(() => this.show(), SECOND)
  }

  disconnect() {
    clearInterval(this.timer)
  }

  show() {
    const rest = Date.parse(this.element.dateTime) - serverClock.now()
    this.element.textContent = timeUntil(rest)
    if (rest <= 0) clearInterval(this.timer)
  }
}
