// Tells a screen reader that an answer has begun or ended, instead of reading out every piece of it.
import { Controller } from "@hotwired/stimulus"
import { AnswerWatcher } from "../models/answer_watcher.js"

const WORDS = {
  begun: "The assistant is answering.",
  complete: "The answer is complete.",
  failed: "The answer failed.",
}

export default class extends Controller {
  static targets = ["list", "status"]

  listTargetConnected(list) {
    this.watcher?.stop()
    this.watcher = new AnswerWatcher(list, (what) => {
      this.statusTarget.textContent = WORDS[what]
    })
    this.watcher.start()
  }

  listTargetDisconnected() {
    this.watcher?.stop()
  }
}
