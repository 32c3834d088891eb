import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { EVENT_SOURCE as SSE, Route, WEB_SOCKET as WS } from "../src/elements/stream_source/route.js"

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["Date"] })
})

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
  const waits = [1, 2, 3, 4, 5, 6].map(() => {
    const wait = route.untilProbe()
    route.probing()
    return wait / 1000
  })
  assert.deepEqual(waits, [30, 60, 120, 240, 300, 300])
  route.opened(WS)
  assert.equal(route.untilProbe(), 30_000)
})

test("the wait for a WebSocket goes on while Server-Sent Events are renewed", () => {
  const route = new Route({ hasEventSource: true })
  const waits = [0, 20_000, 9_000, 60_000].map((passed) => {
    mock.timers.tick(passed)
    route.opened(SSE)
    return route.untilProbe()
  })
  assert.deepEqual(waits, [30_000, 10_000, 1_000, 0])
})

test("a clock that is put back makes no wait longer", () => {
  const route = new Route({ hasEventSource: true })
  mock.timers.setTime(3_600_000)
  route.untilProbe()
  mock.timers.setTime(0)
  assert.equal(route.untilProbe(), 30_000)
})
