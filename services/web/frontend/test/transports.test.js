import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { openEventSource, openWebSocket } from "../src/elements/stream_source/transports.js"

let opened

class Fake extends EventTarget {
  isClosed = false

  constructor(url, protocols) {
    super()
    this.url = String(url)
    this.protocols = protocols
    opened = this
  }

  close() {
    this.isClosed = true
  }

  happens(type, properties = {}) {
    this.dispatchEvent(Object.assign(new Event(type), properties))
  }
}

function listening() {
  const told = []
  const tell = (what) => (...args) => told.push([what, ...args])
  return { told, opened: tell("opened"), heard: tell("heard"), beat: tell("beat"), closed: tell("closed") }
}

beforeEach(() => {
  const document = { baseURI: "https://web.test/chat/1/" }
  Object.assign(globalThis, { WebSocket: Fake, EventSource: Fake, document })
})

test("a WebSocket has its token among its sub-protocols and the cursor in its address", () => {
  openWebSocket({ url: "wss://rt.test/ws/turbo_stream/chat_1/", token: "a.b-c_d", since: "0a1b2c3d.7" }, listening())
  assert.equal(opened.url, "wss://rt.test/ws/turbo_stream/chat_1/?since=0a1b2c3d.7")
  assert.deepEqual(opened.protocols, ["turbo-stream.v1", "t.a.b-c_d"])
  assert.equal(opened.binaryType, "arraybuffer")
})

test("an address may be relative and have a query of its own", () => {
  openWebSocket({ url: "/ws/turbo_stream/chat_1/?a=1", token: null, since: null }, listening())
  assert.equal(opened.url, "wss://web.test/ws/turbo_stream/chat_1/?a=1")
  assert.deepEqual(opened.protocols, ["turbo-stream.v1"])
})

test("a WebSocket tells what happens to it", () => {
  const listener = listening()
  openWebSocket({ url: "/ws/" }, listener)
  const beat = new TextEncoder().encode("0a1b2c3d.7").buffer
  opened.happens("open")
  opened.happens("message", { data: "a" })
  opened.happens("message", { data: beat })
  opened.happens("close", { code: 4000, reason: "retry=5" })
  assert.deepEqual(listener.told, [["opened"], ["heard", "a"], ["beat", "0a1b2c3d.7"], ["closed", 4000, "retry=5"]])
})

test("what is hung up says no more", () => {
  for (const open of [openWebSocket, openEventSource]) {
    const listener = listening()
    open({ url: "/ws/" }, listener)()
    for (const type of ["open", "message", "beat", "error", "close"]) opened.happens(type)
    assert.equal(opened.isClosed, true)
    assert.deepEqual(listener.told, [])
  }
})

test("Server-Sent Events have token and cursor in their address", () => {
  const url = "https://rt.test/sse/turbo_stream/chat_1/"
  openEventSource({ url, token: "a.b-c_d", since: "0a1b2c3d.7" }, listening())
  assert.equal(opened.url, "https://rt.test/sse/turbo_stream/chat_1/?token=a.b-c_d&since=0a1b2c3d.7")
})

test("Server-Sent Events tell what happens to them and end with the first error", () => {
  const listener = listening()
  openEventSource({ url: "/sse/" }, listener)
  opened.happens("open")
  opened.happens("beat", { data: "0a1b2c3d.7" })
  opened.happens("message", { data: "a" })
  opened.happens("error")
  opened.happens("open")
  assert.deepEqual(listener.told, [["opened"], ["beat", "0a1b2c3d.7"], ["heard", "a"], ["closed", 1006, ""]])
  assert.equal(opened.isClosed, true)
})
