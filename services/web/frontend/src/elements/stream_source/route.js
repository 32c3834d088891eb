// Which way to take to the gateway: a WebSocket, or Server-Sent Events where WebSockets do not get through.

const TRIES = 2
const FIRST_PROBE = 30_000
// Well under the quarter of an hour that a stream of Server-Sent Events lasts.
const LONGEST_PROBE = 300_000

export const WEB_SOCKET = "websocket"
export const EVENT_SOURCE = "sse"

/**
 * Proposes WebSockets until two in a row did not open, then both ways in turn. While Server-Sent Events are what works,
 * a WebSocket is to be tried beside them from time to time: a proxy may have been the trouble, or only an outage.
 */
export class Route {
  #hasEventSource
  #failures = 0
  #turns = 0
  #probes = 0
  #probeAt = null

  constructor({ hasEventSource }) {
    this.#hasEventSource = hasEventSource
  }

  next() {
    if (!this.#hasEventSource || this.#failures < TRIES) return WEB_SOCKET
    this.#turns += 1
    return this.#turns % 2 ? EVENT_SOURCE : WEB_SOCKET
  }

  opened(way) {
    this.#turns = 0
    if (way !== WEB_SOCKET) return
    this.#failures = this.#probes = 0
    this.#probeAt = null
  }

  failed(way) {
    if (way === WEB_SOCKET) this.#failures += 1
  }

  /** Milliseconds until the next WebSocket beside working Server-Sent Events: the wait goes on when those are renewed. */
  untilProbe() {
    const wait = Math.min(LONGEST_PROBE, FIRST_PROBE * 2 ** this.#probes)
    this.#probeAt ??= Date.now() + wait
    // A clock that was put back makes nobody wait longer.
    return Math.min(wait, Math.max(0, this.#probeAt - Date.now()))
  }

  /** That WebSocket is being tried: the wait for the one after it is longer. */
  probing() {
    this.#probes += 1
    this.#probeAt = null
  }
}
