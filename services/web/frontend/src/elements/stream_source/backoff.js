// How long to wait before the next attempt to connect.

export const FIRST_CEILING = 500
export const LONGEST_DELAY = 15_000
export const SOON = 300

/** Delays in milliseconds with full jitter: pages that were cut off together do not return together. */
export class Backoff {
  #attempts = 0
  #random

  constructor(random = Math.random) {
    this.#random = random
  }

  /** Anything up to a ceiling that doubles with each attempt. */
  next() {
    const ceiling = Math.min(LONGEST_DELAY, FIRST_CEILING * 2 ** this.#attempts)
    this.#attempts += 1
    return this.#upTo(ceiling)
  }

  /** A moment, unless that has been tried already. */
  soon() {
    if (this.#attempts > 0) return this.next()
    this.#attempts += 1
    return this.#upTo(SOON)
  }

  /** As late as it gets, for who was told to be slower. */
  late() {
    this.#attempts += 1
    return LONGEST_DELAY / 2 + this.#upTo(LONGEST_DELAY / 2)
  }

  reset() {
    this.#attempts = 0
  }

  #upTo(ceiling) {
    return Math.round(this.#random() * ceiling)
  }
}
