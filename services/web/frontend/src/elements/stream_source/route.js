// Which way to take to the gateway: a WebSocket, or Server-Sent Events where WebSockets do not get through.

const TRIES = 2
const FIRST_PROBE = 30_000
const LONGEST_PROBE = 900_000

export const WEB_SOCKET = "websocket"
export const EVENT_SOURCE = "sse"

/**
 * Proposes WebSockets until two in a row did not open, then both ways in turn. While Server-Sent Events are what works,
 * a WebSocket is to be tried beside them after `probeDelay`: a proxy may have been the trouble, or only an outage.
 */
export class Route {
  #hasEventSource
  #failures = 0
  #turns = 0
  #probes = 0

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
    if (way === WEB_SOCKET) this.#failures = this.#probes = 0
  }

  failed(way) {
    if (way === WEB_SOCKET) this.#failures += 1
  }

  /** Milliseconds until the next WebSocket beside working Server-Sent Events: longer each time. */
  probeDelay() {
    const delay = Math.min(LONGEST_PROBE, FIRST_PROBE * 2 ** this.#probes)
    this.#probes += 1
    return delay
  }
}
