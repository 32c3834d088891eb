// A WebSocket that comes back: one lasting source of "message" events, as Turbo.connectStreamSource wants it.
import { Backoff } from "./backoff.js"

const STABLE_AFTER = 5_000
const isFinal = (code) => code >= 4500 && code < 5000

/**
 * Emits "message" (data: Turbo Stream HTML) and "state" (detail: "connecting", "open" or "offline").
 * `catchUp` runs whenever a connection has opened, for what was published before that, and what arrives meanwhile is
 * held back until it has finished.
 */
export class StreamConnection extends EventTarget {
  #url
  #open
  #catchUp
  #backoff
  #socket = null
  #timer = null
  #held = null
  #isOpen = false

  constructor(url, { catchUp = async () => {}, open = (url) => new WebSocket(url), backoff = new Backoff() } = {}) {
    super()
    this.#url = url
    this.#catchUp = catchUp
    this.#open = open
    this.#backoff = backoff
  }

  connect() {
    clearTimeout(this.#timer)
    if (this.#socket) return
    this.#announce("connecting")
    const socket = (this.#socket = this.#open(this.#url))
    socket.addEventListener("open", () => this.#opened(socket))
    socket.addEventListener("message", ({ data }) => this.#received(socket, data))
    socket.addEventListener("close", ({ code }) => this.#closed(socket, code))
  }

  disconnect() {
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = this.#held = null
    this.#isOpen = false
    socket?.close()
  }

  async #opened(socket) {
    if (socket !== this.#socket) return socket.close()
    this.#isOpen = true
    this.#announce("open")
    this.#timer = setTimeout(() => this.#backoff.reset(), STABLE_AFTER)
    await this.#resume(socket)
  }

  /** Catches up once more; does nothing while there is no connection or it is catching up already. */
  async lookAgain() {
    if (this.#isOpen && !this.#held) await this.#resume(this.#socket)
  }

  async #resume(socket) {
    const held = (this.#held = [])
    try {
      await this.#catchUp()
    } catch {
      if (socket === this.#socket) socket.close()
    }
    if (held !== this.#held) return
    this.#held = null
    held.forEach((data) => this.#emit(data))
  }

  #received(socket, data) {
    if (socket !== this.#socket || typeof data !== "string") return
    if (this.#held) this.#held.push(data)
    else this.#emit(data)
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return
    this.#socket = this.#held = null
    this.#isOpen = false
    clearTimeout(this.#timer)
    this.#announce("offline")
    if (!isFinal(code)) this.#timer = setTimeout(() => this.connect(), this.#backoff.next())
  }

  #emit(data) {
    this.dispatchEvent(new MessageEvent("message", { data }))
  }

  #announce(state) {
    this.dispatchEvent(new CustomEvent("state", { detail: state }))
  }
}
