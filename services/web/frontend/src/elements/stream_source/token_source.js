// Where a connection gets its token: the one in the page first, then a fresh one each time.
import { BROKEN, FORBIDDEN } from "./endings.js"
import { isNotSignedIn, isRefusal, SIGNED_OUT } from "./refusal.js"

const FRESH_FOR = 60_000

/** No token is to be had; `code` says whether for good. */
export class NoTokenError extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

/** Without `url` the given token is all there is, and is used again; without a token either there is none. */
export class TokenSource {
  #url
  #token
  #givenAt = null
  #get

  constructor({ token = null, url = null, get = (...request) => fetch(...request) }) {
    this.#url = url
    this.#get = get
    this.give(token)
  }

  /** Takes the token of a page that has just been rendered. */
  give(token) {
    this.#token = token
    this.#givenAt = token ? Date.now() : null
  }

  /** The token for one more connection, or null; raises `NoTokenError`, or what `signal` was aborted with. */
  async take(signal) {
    const isFresh = this.#givenAt !== null && Date.now() - this.#givenAt < FRESH_FOR
    this.#givenAt = null
    return isFresh || !this.#url ? this.#token : await this.#fetch(signal)
  }

  async #fetch(signal) {
    const response = await this.#get(this.#url, { headers: { accept: "application/json" }, cache: "no-store", signal })
    // To a login: whoever is to sign in first gets no token.
    if (response.redirected) throw new NoTokenError(FORBIDDEN, "redirected")
    if (isNotSignedIn(response)) throw new NoTokenError(FORBIDDEN, SIGNED_OUT)
    if (isRefusal(response)) throw new NoTokenError(FORBIDDEN, `refused with ${response.status}`)
    if (!response.ok) throw new NoTokenError(BROKEN, `answered with ${response.status}`)
    const { token } = await response.json()
    if (typeof token !== "string" || !token) throw new NoTokenError(BROKEN, "the answer holds no token")
    return token
  }
}
