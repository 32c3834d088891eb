// A WebSocket that comes back: one lasting source of "message" events, as Turbo.connectStreamSource wants it.
import { Backoff } from "./backoff.js"

const STABLE_AFTER = 5_000
const isFinal = (code) => code >= 4500 && code < 5000

/**
 * Emits "message" (data: Turbo Stream HTML) and "state" (detail: "connecting", "open", "offline" or "ended": for good).
 * `catchUp(signal)` returns a promise. It runs whenever a connection has opened, for what was published before that,
 * and again after a pause should it fail; what arrives meanwhile is held back until it has finished.
 */
export class StreamConnection extends EventTarget {
  #url
  #open
  #catchUp
  #backoff
  #socket = null
  #timer = null
  #retry = null
  #looking = null
  #held = null
  #isOpen = false
  #hasEnded = false

  constructor(url, { catchUp = async () => {}, open = (url) => new WebSocket(url), backoff = new Backoff() } = {}) {
    super()
    this.#url = url
    this.#catchUp = catchUp
    this.#open = open
    this.#backoff = backoff
  }

  connect() {
    clearTimeout(this.#timer)
    if (this.#socket || this.#hasEnded) return
    this.#announce("connecting")
    const socket = (this.#socket = this.#open(this.#url))
    socket.addEventListener("open", () => this.#opened(socket))
    socket.addEventListener("message", ({ data }) => this.#received(socket, data))
    socket.addEventListener("close", ({ code }) => this.#closed(socket, code))
  }

  disconnect() {
    const socket = this.#socket
    this.#letGo()
    this.#looking?.abort()
    socket?.close()
  }

  /** Catches up once more, connected or not; does nothing while it is catching up already or about to. */
  async lookAgain() {
    if (!this.#looking && !this.#retry) await this.#look()
  }

  async #opened(socket) {
    if (socket !== this.#socket) return socket.close()
    this.#isOpen = true
    this.#announce("open")
    this.#timer = setTimeout(() => this.#backoff.reset(), STABLE_AFTER)
    await this.#resume(socket)
  }

  async #resume(socket) {
    this.#retry = null
    const succeeded = await this.#look()
    if (succeeded || socket !== this.#socket) return
    this.#retry = setTimeout(() => this.#resume(socket), this.#backoff.next())
  }

  // A younger look ends an older one, whose page would undo what has come since. False when it failed.
  async #look() {
    this.#looking?.abort()
    const look = (this.#looking = new AbortController())
    const held = (this.#held = this.#isOpen ? [] : null)
    const succeeded = await this.#catchUp(look.signal).then(() => true, () => false)
    if (look === this.#looking) this.#looking = null
    if (held && held === this.#held) {
      this.#held = null
      held.forEach((data) => this.#emit(data))
    }
    return succeeded
  }

  #received(socket, data) {
    if (socket !== this.#socket || typeof data !== "string") return
    if (this.#held) this.#held.push(data)
    else this.#emit(data)
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return
    this.#letGo()
    this.#hasEnded = isFinal(code)
    this.#announce(this.#hasEnded ? "ended" : "offline")
    if (!this.#hasEnded) this.#timer = setTimeout(() => this.connect(), this.#backoff.next())
  }

  #letGo() {
    clearTimeout(this.#timer)
    clearTimeout(this.#retry)
    this.#socket = this.#held = this.#retry = null
    this.#isOpen = false
  }

  #emit(data) {
    this.dispatchEvent(new MessageEvent("message", { data }))
  }

  #announce(state) {
    this.dispatchEvent(new CustomEvent("state", { detail: state }))
  }
}
