// Notices that nothing has come for too long.

// After a sleep what came meanwhile is read only now: it gets this long to show.
const GRACE = 1_000

/** Calls `silent` once nothing was heard for the time expected. It goes by the clock: timers sleep with the machine. */
export class SilenceWatch {
  #silent
  #heardAt = 0
  #patience = 0
  #timer = null

  constructor(silent) {
    this.#silent = silent
  }

  /** Begins to wait: `patience` milliseconds from now and from everything heard after that. */
  expect(patience) {
    this.#patience = patience
    this.heard()
    this.#wait(patience)
  }

  heard() {
    this.#heardAt = Date.now()
  }

  /** Looks now, because time may have passed unnoticed: `patience` is how much silence is too much this once. */
  look(patience) {
    if (this.#silence < patience) return
    const heardAt = this.#heardAt
    this.stop()
    this.#timer = setTimeout(() => (heardAt === this.#heardAt ? this.#silent() : this.#look()), GRACE)
  }

  stop() {
    clearTimeout(this.#timer)
  }

  #look() {
    const left = this.#patience - this.#silence
    if (left > 0) this.#wait(left)
    else this.#silent()
  }

  #wait(delay) {
    this.stop()
    this.#timer = setTimeout(() => this.#look(), delay)
  }

  // A clock that was put back makes nothing older.
  get #silence() {
    return Math.max(0, Date.now() - this.#heardAt)
  }
}
