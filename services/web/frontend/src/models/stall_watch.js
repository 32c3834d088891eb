// Looks again where an answer should be growing and nothing comes.

const PATIENCE = 5_000

/**
 * Calls `look` for as long as `waiting()` holds, every five seconds in which nothing was `heard`. What is published on
 * the bus reaches a page once or never, and an answer whose end was missed would be awaited for good.
 */
export class StallWatch {
  #waiting
  #look
  #timer = null

  constructor({ waiting, look }) {
    this.#waiting = waiting
    this.#look = look
  }

  start() {
    this.stop()
    this.#timer = setInterval(() => {
      if (this.#waiting()) this.#look()
    }, PATIENCE)
  }

  stop() {
    clearInterval(this.#timer)
  }

  /** Something came: the time begins anew. */
  heard() {
    this.start()
  }
}
