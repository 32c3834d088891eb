// Notices when answers begin and end in a list of messages.

const BUSY = ".message__footer[aria-busy='true']"
const REMINDER = 7_000

/** The footer of the first message in `root` that is not finished; null where there is none. */
export function unfinishedIn(root) {
  return root.querySelector(BUSY)
}

/**
 * Says "begun", "answering" about every seven seconds from then on, and at last "complete", "stopped" or "failed", as the
 * list goes from idle to busy and back.
 */
export class AnswerWatcher {
  #list
  #say
  #isBusy
  #observer
  #reminder

  constructor(list, say) {
    this.#list = list
    this.#say = say
    this.#isBusy = false
    this.#observer = new MutationObserver(() => this.#look())
  }

  /** An answer that is being written already is no news, but it is worth a word from time to time. */
  start() {
    this.#isBusy = unfinishedIn(this.#list) !== null
    if (this.#isBusy) this.#remind()
    this.#observer.observe(this.#list, { childList: true, subtree: true, attributeFilter: ["aria-busy"] })
  }

  stop() {
    this.#observer.disconnect()
    clearInterval(this.#reminder)
  }

  #look() {
    const isBusy = unfinishedIn(this.#list) !== null
    if (isBusy === this.#isBusy) return
    this.#isBusy = isBusy
    if (isBusy) this.#remind()
    else clearInterval(this.#reminder)
    this.#say(isBusy ? "begun" : this.#outcome())
  }

  #remind() {
    this.#reminder = setInterval(() => this.#say("answering"), REMINDER)
  }

  #outcome() {
    const footers = this.#list.querySelectorAll(".message__footer")
    const status = footers[footers.length - 1]?.dataset.status
    return ["failed", "stopped"].includes(status) ? status : "complete"
  }
}
