// Forms that are being sent: Turbo breaks them off when it shows a page.

// A form that has left the page meanwhile does not tell its end.
const LONGEST = 10_000

/** Counts what Turbo sends from `root`, a document. */
export class Submissions {
  #open = new Set()
  #waiting = []

  constructor(root) {
    root.addEventListener("turbo:submit-start", ({ detail }) => this.#begin(detail.formSubmission))
    root.addEventListener("turbo:submit-end", ({ detail }) => this.#end(detail.formSubmission))
  }

  get areOpen() {
    return this.#open.size > 0
  }

  /** Resolves as soon as nothing is being sent. */
  async ended() {
    if (this.areOpen) await new Promise((resolve) => this.#waiting.push(resolve))
  }

  #begin(submission) {
    this.#open.add(submission)
    setTimeout(() => this.#end(submission), LONGEST)
  }

  #end(submission) {
    this.#open.delete(submission)
    if (this.areOpen) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
