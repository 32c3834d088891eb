// Loads the page again and morphs it, without ever giving up the page that is there.
import { Backoff } from "../elements/stream_source/backoff.js"
import { isAtOrBefore, parseCursor } from "../elements/stream_source/cursor.js"
import { isRefusal } from "../elements/stream_source/refusal.js"

const PATIENCE = 15_000
const PAUSE = 500

/**
 * Stands in for Turbo's own `refresh`, which shows an error page when the server is away for a moment and drops what it
 * is asked for while it is busy. Fetches until it gets an answer: a page is given to `render(url, html)`, and where
 * that is to be had no more (the login, the server's own "not found") `leave(response)` is called. `addressOf(url)` says where
 * the page is to be had as it is shown now. While `submissions` are open nothing is rendered: that would break them off.
 */
export class PageRefresh {
  #render
  #leave
  #addressOf
  #submissions
  #get
  #backoff
  #obeyed = null
  #isWanted = false
  #isBusy = false

  constructor({
    render,
    leave,
    addressOf = (url) => url,
    submissions = { areOpen: false, ended: () => {} },
    get = (...request) => fetch(...request),
    backoff = new Backoff(),
  }) {
    this.#render = render
    this.#leave = leave
    this.#addressOf = addressOf
    this.#submissions = submissions
    this.#get = get
    this.#backoff = backoff
  }

  /**
   * Refreshes the page at `url`; asked meanwhile, it does so once more afterwards. `place`, if given, is where in the
   * stream the order stands: a page that goes back and reads it again has obeyed it already.
   */
  async refresh(url, place) {
    const cursor = parseCursor(place)
    if (isAtOrBefore(cursor, this.#obeyed)) return
    this.#obeyed = cursor ?? this.#obeyed
    this.#isWanted = true
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      await this.#obey(url)
    } finally {
      this.#isBusy = false
    }
  }

  /** Whether the page is, or soon will be, rendered later than what stands at `place` was published. */
  isPast(place) {
    return isAtOrBefore(parseCursor(place), this.#obeyed)
  }

  async #obey(url) {
    while (this.#isWanted) {
      this.#isWanted = false
      const isDone = await this.#attempt(url)
      if (isDone) this.#backoff.reset()
      else this.#isWanted = true
      await pause(isDone ? PAUSE : this.#backoff.next())
    }
  }

  async #attempt(url) {
    await this.#submissions.ended()
    const answer = await this.#fetch(this.#addressOf(url))
    if (!answer || this.#submissions.areOpen) return false
    if (answer.html === null) this.#leave(answer.response)
    else this.#render(url, answer.html)
    return true
  }

  // Null when it is worth another try; `html` is null for what is not this page.
  async #fetch(url) {
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), PATIENCE)
    try {
      const options = { headers: { accept: "text/html" }, cache: "no-store", signal: patience.signal }
      const response = await this.#get(url, options)
      if (isRefusal(response)) return { html: null, response }
      if (!response.ok) return null
      return { html: response.redirected ? null : await response.text(), response }
    } catch {
      return null
    } finally {
      clearTimeout(timer)
    }
  }
}

const pause = (delay) => new Promise((resolve) => setTimeout(resolve, delay))
