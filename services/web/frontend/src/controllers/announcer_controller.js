// Tells a screen reader that an answer has begun or ended, instead of reading out every piece of it.
import { Controller } from "@hotwired/stimulus"
import { announce } from "../models/announcement.js"
import { AnswerWatcher } from "../models/answer_watcher.js"

const WORDS = {
  begun: "The assistant is answering.",
  answering: "The assistant is still answering.",
  complete: "The answer is complete.",
  stopped: "The answer was stopped.",
  failed: "The answer failed.",
}

export default class extends Controller {
  static targets = ["list"]

  listTargetConnected(list) {
    this.watcher?.stop()
    this.watcher = new AnswerWatcher(list, (what) => this.say(what))
    this.watcher.start()
  }

  listTargetDisconnected() {
    this.watcher?.stop()
  }

  say(what) {
    announce(document, WORDS[what])
    this.dispatch("changed")
  }
}
