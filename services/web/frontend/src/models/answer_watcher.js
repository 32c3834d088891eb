// Notices when answers begin and end in a list of messages.

const BUSY = "[aria-busy='true']"

/** Says "begun", "complete" or "failed", once each, as the list goes from idle to busy and back. */
export class AnswerWatcher {
  #list
  #say
  #busy
  #observer

  constructor(list, say) {
    this.#list = list
    this.#say = say
    this.#busy = this.#isBusy()
    this.#observer = new MutationObserver(() => this.#look())
  }

  start() {
    this.#observer.observe(this.#list, { childList: true, subtree: true, attributeFilter: ["aria-busy"] })
  }

  stop() {
    this.#observer.disconnect()
  }

  #look() {
    const busy = this.#isBusy()
    if (busy === this.#busy) return
    this.#busy = busy
    this.#say(busy ? "begun" : this.#outcome())
  }

  #isBusy() {
    return this.#list.querySelector(BUSY) !== null
  }

  #outcome() {
    return this.#list.lastElementChild?.dataset.status === "failed" ? "failed" : "complete"
  }
}
