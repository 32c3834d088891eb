// Tells a screen reader that an answer has begun or ended, instead of reading out every piece of it.
import { Controller } from "@hotwired/stimulus"
import { AnswerWatcher } from "../models/answer_watcher.js"

const WORDS = {
  begun: "The assistant is answering.",
  answering: "The assistant is still answering.",
  complete: "The answer is complete.",
  stopped: "The answer was stopped.",
  failed: "The answer failed.",
}
// Words that are there already are not read out again: with this they are others.
const AGAIN = "\u00a0"

export default class extends Controller {
  static targets = ["list", "status"]

  listTargetConnected(list) {
    this.watcher?.stop()
    this.watcher = new AnswerWatcher(list, (what) => this.say(what))
    this.watcher.start()
  }

  listTargetDisconnected() {
    this.watcher?.stop()
  }

  say(what) {
    const words = WORDS[what]
    this.statusTarget.textContent = this.statusTarget.textContent === words ? words + AGAIN : words
    this.dispatch("changed", { detail: { what } })
  }
}
