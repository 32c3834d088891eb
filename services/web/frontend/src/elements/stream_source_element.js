// <natter-stream-source>: keeps a page on its stream of Turbo Streams. It needs Turbo and nothing else.
//
//   src        WebSocket address of the stream            token      what the first connection is admitted with
//   sse        address of the same as Server-Sent Events  token-url  where every other one gets `{ "token": … }`
//   since      the stream's position when the page was rendered; a page that is rendered again goes back to it
//
// When it leaves the page, or Turbo copies the page for its cache, it writes into `since` how far the page has come.
// It has the attribute `connected` while it is, and emits natter:connected ({ way }), natter:disconnected and
// natter:ended ({ code, reason }), the last for good. Import it, then: defineStreamSource(Turbo).
import { cursorOf } from "./stream_source/cursor.js"
import { atPlace } from "./stream_source/places.js"
import { ShownPlace } from "./stream_source/shown_place.js"
import { StreamConnection } from "./stream_source/stream_connection.js"

// As long as a move within the page may take that is not done in one go.
const MOVING = 100
const PLACES = ["src", "sse", "token-url"]

/** Defines the element under `name`; `turbo` is what `@hotwired/turbo` exports. */
export function defineStreamSource(turbo, name = "natter-stream-source") {
  customElements.define(name, class extends StreamSourceElement {
    turbo = turbo
  })
}

export class StreamSourceElement extends HTMLElement {
  static observedAttributes = [...PLACES, "token", "since"]

  #connection = null
  #shown = null
  #isWriting = false
  #leaving = null
  #listening = null
  #held = []
  #changed = new Set()

  connectedCallback() {
    clearTimeout(this.#leaving)
    if (this.#connection) return this.#giveOut()
    // A copy has it from the page that was copied.
    this.removeAttribute("connected")
    if (!document.documentElement.hasAttribute("data-turbo-preview")) this.#begin()
  }

  // Moved as it is (moveBefore): nothing to do, where the absence of this method would mean out and in again.
  connectedMoveCallback() {}

  disconnectedCallback() {
    if (!this.#connection) return
    this.#leaving = setTimeout(() => this.#end(), MOVING)
    // Last: while an attribute is set, the browser calls what is due already, as the callback of a move's other half.
    this.#writePlace()
  }

  // A morph changes one attribute after the other: they are looked at together.
  attributeChangedCallback(name, before, after) {
    if (before !== after && !this.#isWriting) this.#note(name)
  }

  #note(name) {
    if (!this.#connection) return
    if (!this.#changed.size) queueMicrotask(() => this.#applyChanges())
    this.#changed.add(name)
  }

  #applyChanges() {
    const changed = this.#changed
    this.#changed = new Set()
    if (!this.#connection) return
    if (PLACES.some((name) => changed.has(name))) return this.#beginAgain()
    if (changed.has("token")) this.#connection.renew(this.getAttribute("token"))
    if (changed.has("since")) this.#goBack(this.getAttribute("since"))
  }

  #begin() {
    const given = StreamSourceElement.observedAttributes.map((name) => this.getAttribute(name))
    const [src, sse, tokenUrl, token, since] = given
    this.#connection = new StreamConnection({ src, sse, tokenUrl, token, since }, {
      received: (frame) => this.#receive(frame),
      connected: (way) => this.#show("connected", { way }),
      disconnected: (ending) => this.#show("disconnected", ending),
      ended: (ending) => this.#show("ended", ending),
    })
    this.#shown = new ShownPlace(since)
    this.turbo.connectStreamSource(this)
    this.#listen()
    this.#connection.start()
  }

  #end() {
    this.#listening.abort()
    this.turbo.disconnectStreamSource(this)
    this.#connection.stop()
    this.#connection = null
    this.#held = []
    this.removeAttribute("connected")
  }

  #beginAgain() {
    this.#end()
    if (this.isConnected) this.connectedCallback()
  }

  #goBack(since) {
    this.#shown = new ShownPlace(since)
    this.#connection.rewind(since)
  }

  // While it is out of the page another may have taken its place: nothing may be rendered twice.
  #receive(data) {
    if (!this.isConnected) return this.#held.push(data)
    const place = cursorOf(data)
    atPlace(place, () => this.dispatchEvent(new MessageEvent("message", { data })))
    if (place) this.#shown.handedOver(place, () => this.isConnected)
  }

  #giveOut() {
    this.#held.splice(0).forEach((data) => this.#receive(data))
  }

  // Nobody has rendered the page again: this is no order to go anywhere.
  #writePlace() {
    const place = this.#shown.at(this.#connection.since)
    if (!place || this.#changed.size) return
    this.#isWriting = true
    this.setAttribute("since", place)
    this.#isWriting = false
  }

  #show(what, detail) {
    this.toggleAttribute("connected", what === "connected")
    this.dispatchEvent(new CustomEvent(`natter:${what}`, { bubbles: true, detail }))
  }

  #listen() {
    this.#listening = new AbortController()
    const on = (target, type, listener) => target.addEventListener(type, listener, { signal: this.#listening.signal })
    on(window, "online", () => this.#connection.online())
    on(window, "offline", () => this.#connection.offline())
    on(window, "pagehide", () => this.#rest())
    on(window, "pageshow", ({ persisted }) => persisted && this.#connection.wake())
    on(document, "resume", () => this.#connection.wake())
    on(document, "visibilitychange", () => document.visibilityState === "visible" && this.#connection.wake())
    // The copy is made after a moment, by when the element may have left the page already.
    on(document, "turbo:before-cache", () => setTimeout(() => this.isConnected && this.#writePlace(), 0))
    on(this, "turbo:before-morph-attribute", (event) => this.#keepConnected(event))
    // The page may have been rendered again at the very place where it was first.
    on(this, "turbo:morph-element", ({ target }) => target === this && this.#note("since"))
  }

  // A browser keeps a page that is left, but none with an open connection.
  #rest() {
    const wasConnected = this.hasAttribute("connected")
    this.#connection.stop()
    if (wasConnected) this.#show("disconnected", { code: 1001, reason: "page left" })
  }

  // No server renders the attribute, so every morph would take it away.
  #keepConnected(event) {
    if (event.target === this && event.detail.attributeName === "connected") event.preventDefault()
  }
}
