// One connection, from its token to its end.
import { BROKEN } from "./endings.js"
import { SilenceWatch } from "./silence_watch.js"
import { NoTokenError } from "./token_source.js"

const TO_OPEN = 15_000
// A gateway gives a sign of life every 20 seconds: two of them may be late.
const TO_HEAR = 45_000
const TO_HEAR_AFTER_SLEEP = 25_000

/**
 * Tells `listener`: opened(link), received(link, frame), beat(link, position), and closed(link, code, reason) exactly
 * once unless it is closed from here. `way` is the transport's name, `since` the place that it was opened with; it has
 * spoken once anything has been received.
 */
export class Link {
  wasTried = false
  isOpen = false
  hasSpoken = false
  since = null
  #transport
  #listener
  #over = new AbortController()
  #watch = new SilenceWatch(() => this.#end(BROKEN, "silent"))
  #hangUp = () => {}

  constructor(way, transport, listener) {
    this.way = way
    this.#transport = transport
    this.#listener = listener
  }

  /** Begins; nothing that goes wrong is raised, all of it is an end. `describe(token)` is asked last: what to open. */
  async start(tokens, describe) {
    this.#watch.expect(TO_OPEN)
    try {
      const token = await tokens.take(this.#over.signal)
      if (!this.#isOver) this.#dial(describe(token))
    } catch (error) {
      this.#end(error instanceof NoTokenError ? error.code : BROKEN, error.message)
    }
  }

  /** Closes without a word to the listener. */
  close() {
    this.#over.abort()
    this.#watch.stop()
    this.#hangUp()
  }

  /** The machine may have slept: a link that was silent for long is given up at once. */
  look() {
    this.#watch.look(TO_HEAR_AFTER_SLEEP)
  }

  #dial(what) {
    this.wasTried = true
    this.since = what.since
    this.#hangUp = this.#transport(what, {
      opened: () => this.#opened(),
      heard: (frame) => this.#alive(() => this.#listener.received(this, frame)),
      beat: (position) => this.#alive(() => this.#listener.beat(this, position)),
      closed: (code, reason) => this.#end(code, reason),
    })
  }

  #opened() {
    this.isOpen = true
    this.#watch.expect(TO_HEAR)
    this.#listener.opened(this)
  }

  #alive(tell) {
    this.#watch.heard()
    tell()
    this.hasSpoken = true
  }

  #end(code, reason) {
    if (this.#isOver) return
    this.close()
    this.#listener.closed(this, code, reason)
  }

  get #isOver() {
    return this.#over.signal.aborted
  }
}
