import assert from "node:assert/strict"
import { afterEach, beforeEach, mock, test } from "node:test"

// As much of a browser as the element asks for.
class Element extends EventTarget {
  attributes = new Map()
  isConnected = false

  getAttribute(name) {
    return this.attributes.get(name) ?? null
  }

  hasAttribute(name) {
    return this.attributes.has(name)
  }

  setAttribute(name, value) {
    const before = this.getAttribute(name)
    this.attributes.set(name, value)
    if (this.constructor.observedAttributes?.includes(name)) this.attributeChangedCallback(name, before, value)
  }

  removeAttribute(name) {
    this.attributes.delete(name)
  }

  toggleAttribute(name, isThere) {
    if (isThere) this.setAttribute(name, "")
    else this.removeAttribute(name)
  }
}

class Socket extends EventTarget {
  isClosed = false

  constructor(url, protocols) {
    super()
    this.url = String(url)
    this.token = protocols[1]
    sockets.push(this)
  }

  close() {
    this.isClosed = true
  }

  opens() {
    this.dispatchEvent(new Event("open"))
  }

  says(data) {
    this.dispatchEvent(new MessageEvent("message", { data }))
  }
}

const FRAME = 16
const elements = []
const sockets = []
const sources = new Set()
const turbo = {
  connectStreamSource: (source) => sources.add(source),
  disconnectStreamSource: (source) => sources.delete(source),
}
const root = new Element()
const seen = { documentElement: root, baseURI: "https://web.test/", visibilityState: "visible" }
const document = Object.assign(new EventTarget(), seen)
const window = new EventTarget()
let Source

Object.assign(globalThis, {
  HTMLElement: Element,
  WebSocket: Socket,
  document,
  window,
  customElements: { define: (name, definition) => (Source = definition) },
  fetch: async () => Response.json({ token: "fresh" }),
  requestAnimationFrame: (callback) => setTimeout(callback, FRAME),
})
const { defineStreamSource } = await import("../src/elements/stream_source_element.js")
const { placeOf } = await import("../src/elements/stream_source/places.js")
defineStreamSource(turbo)

const numbered = (number) => `<turbo-stream data-cursor="0a1b2c3d.${number}" action="append"></turbo-stream>`
const settled = () => new Promise(setImmediate)

async function pass(milliseconds) {
  mock.timers.tick(milliseconds)
  await settled()
}

function enter(element) {
  element.isConnected = true
  element.connectedCallback()
}

function leave(element) {
  element.isConnected = false
  element.disconnectedCallback()
}

async function source() {
  const element = new Source()
  const seen = []
  const page = { src: "wss://rt.test/ws/", token: "page", "token-url": "/token/", since: "0a1b2c3d.5" }
  for (const [name, value] of Object.entries(page)) element.setAttribute(name, value)
  element.addEventListener("message", ({ data }) => seen.push(data))
  for (const state of ["connected", "disconnected", "ended"]) {
    element.addEventListener(`natter:${state}`, ({ bubbles }) => bubbles && seen.push(state))
  }
  elements.push(element)
  enter(element)
  await settled()
  return { element, seen }
}

beforeEach(() => {
  sockets.length = 0
  sources.clear()
  mock.timers.reset()
  mock.timers.enable({ apis: ["setTimeout", "Date"] })
})

afterEach(() => {
  elements.splice(0).forEach(leave)
  mock.timers.tick(100)
})

test("it is a source of Turbo Streams that shows whether it is connected", async () => {
  const { element, seen } = await source()
  assert.deepEqual([sockets[0].url, sockets[0].token], ["wss://rt.test/ws/?since=0a1b2c3d.5", "t.page"])
  assert.ok(sources.has(element))
  assert.equal(element.hasAttribute("connected"), false)
  sockets[0].opens()
  sockets[0].says("<turbo-stream></turbo-stream>")
  assert.equal(element.hasAttribute("connected"), true)
  sockets[0].dispatchEvent(Object.assign(new Event("close"), { code: 1006, reason: "" }))
  assert.equal(element.hasAttribute("connected"), false)
  assert.deepEqual(seen, ["connected", "<turbo-stream></turbo-stream>", "disconnected"])
})

test("every element of a frame is known to come from the frame's place, whatever it says itself", async () => {
  const { element } = await source()
  const rendered = []
  const render = () => {
    const stream = Object.assign(new EventTarget(), { dataset: { cursor: "0a1b2c3d.99999" } })
    const event = new Event("turbo:before-stream-render")
    Object.defineProperty(event, "target", { value: stream })
    document.dispatchEvent(event)
    rendered.push(stream)
  }
  element.addEventListener("message", () => [1, 2].forEach(render))
  sockets[0].opens()
  sockets[0].says('<turbo-stream data-cursor="0a1b2c3d.9" action="update"></turbo-stream><turbo-stream></turbo-stream>')
  sockets[0].says("<turbo-stream></turbo-stream>")
  render()
  const places = ["0a1b2c3d.9", "0a1b2c3d.9", null, null, undefined]
  assert.deepEqual(rendered.map(placeOf), places)
})

test("it does nothing in a preview", async () => {
  root.setAttribute("data-turbo-preview", "")
  const { element } = await source()
  assert.equal(sockets.length, 0)
  leave(element)
  root.removeAttribute("data-turbo-preview")
  enter(element)
  await settled()
  assert.equal(sockets.length, 1)
})

test("out of the page it lets go of everything", async () => {
  const { element } = await source()
  sockets[0].opens()
  leave(element)
  await pass(100)
  assert.equal(sockets[0].isClosed, true)
  assert.equal(sources.size, 0)
  assert.equal(element.hasAttribute("connected"), false)
  window.dispatchEvent(new Event("online"))
  await pass(60_000)
  assert.equal(sockets.length, 1)
})

test("a copy of a page that was connected says so only once it is connected itself", async () => {
  for (const isPreview of [true, false]) {
    root.toggleAttribute("data-turbo-preview", isPreview)
    const copy = new Source()
    copy.setAttribute("src", "wss://rt.test/ws/")
    copy.setAttribute("connected", "")
    elements.push(copy)
    enter(copy)
    await settled()
    assert.equal(copy.hasAttribute("connected"), false)
  }
  sockets[0].opens()
  assert.equal(elements.at(-1).hasAttribute("connected"), true)
})

test("out of the page it goes on later from what the page has shown", async () => {
  const { element } = await source()
  sockets[0].opens()
  sockets[0].says(numbered(8))
  await pass(FRAME)
  sockets[0].says(numbered(9))
  leave(element)
  assert.equal(element.getAttribute("since"), "0a1b2c3d.8")
  await pass(100)
  enter(element)
  await settled()
  assert.equal(sockets[1].url, "wss://rt.test/ws/?since=0a1b2c3d.8")
})

test("a beat takes on the place that a silent page goes on from", async () => {
  const { element } = await source()
  sockets[0].opens()
  sockets[0].says(numbered(8))
  await pass(FRAME)
  sockets[0].says(new TextEncoder().encode("0a1b2c3d.20").buffer)
  leave(element)
  enter(element)
  assert.equal(element.getAttribute("since"), "0a1b2c3d.20")
})

test("Turbo's copy of the page has the place that the page shows by then", async () => {
  const { element } = await source()
  sockets[0].opens()
  sockets[0].says(numbered(8))
  document.dispatchEvent(new Event("turbo:before-cache"))
  await pass(1)
  assert.equal(element.getAttribute("since"), "0a1b2c3d.5")
  await pass(FRAME)
  sockets[0].says(numbered(9))
  document.dispatchEvent(new Event("turbo:before-cache"))
  await pass(1)
  assert.equal(element.getAttribute("since"), "0a1b2c3d.8")
})

test("a place that it writes itself is no order to go there, one that a page is rendered with is", async () => {
  const { element } = await source()
  sockets[0].opens()
  sockets[0].says(numbered(8))
  leave(element)
  enter(element)
  await pass(10_000)
  assert.equal(sockets.length, 1)
  element.setAttribute("since", "0a1b2c3d.6")
  leave(element)
  enter(element)
  await settled()
  await pass(300)
  assert.equal(sockets[1].url, "wss://rt.test/ws/?since=0a1b2c3d.6")
})

test("moved within the page it keeps its connection, and what comes on the way is given out on arrival", async () => {
  const { element, seen } = await source()
  sockets[0].opens()
  leave(element)
  sockets[0].says("a")
  assert.deepEqual(seen, ["connected"])
  enter(element)
  sockets[0].says("b")
  await pass(60_000)
  assert.deepEqual(seen.slice(0, 3), ["connected", "a", "b"])
  assert.equal(element.connectedMoveCallback(), undefined)
  assert.equal(sources.size, 1)
})

test("a move whose other half comes while the place is written keeps the connection too", async () => {
  const { element } = await source()
  sockets[0].opens()
  sockets[0].says(numbered(8))
  await pass(FRAME)
  element.setAttribute = (name, value) => {
    delete element.setAttribute
    element.setAttribute(name, value)
    element.connectedCallback()
  }
  element.disconnectedCallback()
  await pass(60_000)
  assert.equal(element.getAttribute("since"), "0a1b2c3d.8")
  assert.equal(sources.size, 1)
})

test("a page that is rendered again elsewhere takes its source there", async () => {
  const { element } = await source()
  sockets[0].opens()
  for (const [name, value] of Object.entries({ src: "wss://rt.test/other/", token: "other", since: "0a1b2c3d.9" })) {
    element.setAttribute(name, value)
  }
  await settled()
  assert.equal(sockets[0].isClosed, true)
  assert.deepEqual([sockets[1].url, sockets[1].token], ["wss://rt.test/other/?since=0a1b2c3d.9", "t.other"])
})

test("a page that is rendered again as it was goes back to where that was, with the new token", async () => {
  const { element } = await source()
  sockets[0].opens()
  element.setAttribute("since", "0a1b2c3d.3")
  element.setAttribute("token", "again")
  await settled()
  await pass(300)
  assert.deepEqual([sockets[1].url, sockets[1].token], ["wss://rt.test/ws/?since=0a1b2c3d.3", "t.again"])
})

test("a page that is rendered again at the very place where it was first goes back there too", async () => {
  const { element } = await source()
  sockets[0].opens()
  sockets[0].says('<turbo-stream data-cursor="0a1b2c3d.9" action="update"></turbo-stream>')
  element.dispatchEvent(new CustomEvent("turbo:morph-element"))
  await settled()
  await pass(300)
  assert.equal(sockets[1].url, "wss://rt.test/ws/?since=0a1b2c3d.5")
})

test("no morph takes the attribute away that no server renders", async () => {
  const { element } = await source()
  const morphs = (attributeName) => {
    const event = new CustomEvent("turbo:before-morph-attribute", { cancelable: true, detail: { attributeName } })
    element.dispatchEvent(event)
    return !event.defaultPrevented
  }
  assert.equal(morphs("connected"), false)
  assert.equal(morphs("since"), true)
})

test("a page that is left rests, and goes on where it was when it is come back to", async () => {
  const { seen } = await source()
  sockets[0].opens()
  window.dispatchEvent(new Event("pagehide"))
  assert.equal(sockets[0].isClosed, true)
  assert.deepEqual(seen, ["connected", "disconnected"])
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }))
  await settled()
  assert.deepEqual([sockets[1].url, sockets[1].token], ["wss://rt.test/ws/?since=0a1b2c3d.5", "t.fresh"])
})

test("a page that is seen again looks at once", async () => {
  await source()
  sockets[0].opens()
  await pass(30_000)
  document.dispatchEvent(new Event("visibilitychange"))
  await pass(1_000)
  assert.equal(sockets[0].isClosed, true)
  await pass(500)
  assert.equal(sockets.length, 2)
})
