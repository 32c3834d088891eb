import assert from "node:assert/strict"
import { test } from "node:test"
import { EVENT_SOURCE as SSE, Route, WEB_SOCKET as WS } from "../src/elements/stream_source/route.js"

function failing(route, count) {
  return Array.from({ length: count }, () => {
    const way = route.next()
    route.failed(way)
    return way
  })
}

test("two WebSockets that do not open let Server-Sent Events have every other turn", () => {
  assert.deepEqual(failing(new Route({ hasEventSource: true }), 7), [WS, WS, SSE, WS, SSE, WS, SSE])
})

test("without Server-Sent Events there are only WebSockets", () => {
  assert.deepEqual(failing(new Route({ hasEventSource: false }), 4), [WS, WS, WS, WS])
})

test("a WebSocket that opens settles it", () => {
  const route = new Route({ hasEventSource: true })
  failing(route, 4)
  route.opened(WS)
  assert.deepEqual(failing(route, 3), [WS, WS, SSE])
})

test("what has worked is tried first", () => {
  const route = new Route({ hasEventSource: true })
  failing(route, 3)
  route.opened(SSE)
  assert.equal(route.next(), SSE)
})

test("WebSockets are tried beside Server-Sent Events less and less often", () => {
  const route = new Route({ hasEventSource: true })
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(() => route.probeDelay() / 1000), [30, 60, 120, 240, 480, 900, 900])
  route.opened(WS)
  assert.equal(route.probeDelay(), 30_000)
})
