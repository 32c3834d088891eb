// How long to wait before the next attempt to connect.

export const FIRST_DELAY = 500
export const LONGEST_DELAY = 15_000

/** Exponential delays in milliseconds, each drawn from the upper half of its range so that pages do not return together. */
export class Backoff {
  #attempts = 0
  #random

  constructor(random = Math.random) {
    this.#random = random
  }

  next() {
    const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#attempts)
    this.#attempts += 1
    return Math.round(ceiling * (0.5 + this.#random() / 2))
  }

  reset() {
    this.#attempts = 0
  }
}
