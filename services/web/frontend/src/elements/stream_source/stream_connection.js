// A connection that comes back, and goes on where it was.
import { Backoff } from "./backoff.js"
import { isRefresh, Position } from "./cursor.js"
import { isFinal, pauseAfter } from "./endings.js"
import { Link } from "./link.js"
import { EVENT_SOURCE, Route, WEB_SOCKET } from "./route.js"
import { TokenSource } from "./token_source.js"
import { openEventSource, openWebSocket } from "./transports.js"

const STABLE_AFTER = 2_000
const TRANSPORTS = { [WEB_SOCKET]: openWebSocket, [EVENT_SOURCE]: openEventSource }

/**
 * One lasting stream out of many connections, each frame of it once and in order. Tells `listener`: received(frame),
 * connected(way), disconnected({ code, reason }) and ended({ code, reason }): for good.
 */
export class StreamConnection {
  #urls
  #tokens
  #position
  #route
  #backoff
  #transports
  #listener
  #link = null
  #probe = null
  #timers = {}
  #isOnline = true
  #hasEnded = false
  #reports = {
    opened: (link) => this.#opened(link),
    received: (link, frame) => this.#received(link, frame),
    beat: (link, position) => link === this.#link && this.#position.advance(position),
    closed: (link, code, reason) => this.#closed(link, { code, reason }),
  }

  constructor({ src, sse, tokenUrl, token, since }, listener, { backoff, transports, get } = {}) {
    this.#urls = { [WEB_SOCKET]: src, [EVENT_SOURCE]: sse }
    this.#tokens = new TokenSource({ token, url: tokenUrl, get })
    this.#position = new Position(since)
    this.#route = new Route({ hasEventSource: Boolean(sse) })
    this.#backoff = backoff ?? new Backoff()
    this.#transports = transports ?? TRANSPORTS
    this.#listener = listener
  }

  /** The place in the stream that everything was received up to; null where there is none. */
  get since() {
    return this.#position.since
  }

  /** Connects now, unless it is connected or connecting already, or has ended. */
  start() {
    if (this.#link || this.#hasEnded) return
    clearTimeout(this.#timers.retry)
    this.#link = this.#dial(this.#route.next())
  }

  /** Lets go of everything but the place in the stream; `start` goes on from there. */
  stop() {
    this.#letGo()
    clearTimeout(this.#timers.retry)
  }

  /** The page was rendered again with this token; one that had ended may try once more. */
  renew(token) {
    this.#tokens.give(token)
    if (!this.#hasEnded) return
    this.#hasEnded = false
    this.start()
  }

  /** The page was rendered again as of `since`: what has come after that is asked for once more. */
  rewind(since) {
    if (this.#position.rewind(since) && this.#link) this.#again({ code: 1000, reason: "rewound" }, this.#backoff.soon())
  }

  /** The page is seen again, or the machine awake: nothing waits any longer, and what was silent for long is dead. */
  wake() {
    this.#link?.look()
    this.start()
  }

  /** The network is gone. What was open until then is not trusted once it is back. */
  offline() {
    this.#isOnline = false
  }

  online() {
    const wasOffline = !this.#isOnline
    this.#isOnline = true
    if (this.#link && wasOffline) this.#again({ code: 1006, reason: "offline" }, this.#backoff.soon())
    else this.wake()
  }

  #dial(way) {
    const link = new Link(way, this.#transports[way], this.#reports)
    link.start(this.#tokens, (token) => ({ url: this.#urls[way], token, since: this.#position.since }))
    return link
  }

  #opened(link) {
    this.#route.opened(link.way)
    if (link === this.#probe) return this.#takeOver(link)
    this.#timers.stable = setTimeout(() => this.#backoff.reset(), STABLE_AFTER)
    if (link.way === EVENT_SOURCE) this.#probeLater()
    this.#listener.connected(link.way)
  }

  #received(link, frame) {
    if (!frame || link !== this.#link) return
    if (this.#position.admits(frame, link.hasSpoken ? null : link.since)) this.#listener.received(frame)
    else if (isRefresh(frame)) this.#askAgain()
  }

  // The stream may have been put back: a gateway that can't go on from here says so when it is asked.
  #askAgain() {
    this.#again({ code: 1000, reason: "doubted" }, this.#backoff.soon())
  }

  #closed(link, ending) {
    if (link.wasTried && !link.isOpen) this.#route.failed(link.way)
    if (isFinal(ending.code)) this.#end(ending)
    else if (link === this.#probe) this.#probeLater()
    else this.#again(ending, pauseAfter(ending.code, ending.reason, this.#backoff))
  }

  #again(ending, pause) {
    const wasOpen = this.#link.isOpen
    this.#letGo()
    this.#timers.retry = setTimeout(() => this.start(), pause)
    if (wasOpen) this.#listener.disconnected(ending)
  }

  #end(ending) {
    this.#letGo()
    this.#hasEnded = true
    this.#listener.ended(ending)
  }

  #letGo() {
    clearTimeout(this.#timers.stable)
    clearTimeout(this.#timers.probe)
    this.#link?.close()
    this.#probe?.close()
    this.#link = this.#probe = null
  }

  #probeLater() {
    this.#probe = null
    this.#timers.probe = setTimeout(() => {
      this.#route.probing()
      this.#probe = this.#dial(WEB_SOCKET)
    }, this.#route.untilProbe())
  }

  // What both connections bring is let through once.
  #takeOver(probe) {
    this.#link.close()
    this.#link = probe
    this.#probe = null
    this.#listener.connected(WEB_SOCKET)
  }
}
