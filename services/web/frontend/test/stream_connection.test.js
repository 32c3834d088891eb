import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { Backoff } from "../src/models/backoff.js"
import { StreamConnection } from "../src/models/stream_connection.js"

class Socket extends EventTarget {
  closed = false

  close() {
    this.closed = true
  }

  opens() {
    this.dispatchEvent(new Event("open"))
  }

  says(data) {
    this.dispatchEvent(new MessageEvent("message", { data }))
  }

  breaks(code = 1006) {
    this.dispatchEvent(Object.assign(new Event("close"), { code }))
  }
}

function connection(catchUp) {
  const sockets = []
  const seen = { messages: [], states: [] }
  const open = () => sockets[sockets.push(new Socket()) - 1]
  const source = new StreamConnection("ws://test/", { catchUp, open, backoff: new Backoff(() => 1) })
  source.addEventListener("message", ({ data }) => seen.messages.push(data))
  source.addEventListener("state", ({ detail }) => seen.states.push(detail))
  source.connect()
  return { source, sockets, ...seen }
}

// A catch-up that fails or succeeds in this order.
function inTurn(...successes) {
  return mock.fn(async () => {
    if (!successes.shift()) throw new Error("503")
  })
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["setTimeout"] })
})

test("the first connection catches up with what was published before it", async () => {
  const catchUp = mock.fn(async () => {})
  const { sockets, messages, states } = connection(catchUp)
  sockets[0].opens()
  sockets[0].says("a")
  await settled()
  assert.deepEqual(messages, ["a"])
  assert.deepEqual(states, ["connecting", "open"])
  assert.equal(catchUp.mock.callCount(), 1)
})

test("looking again catches up once more, but not twice at a time", async () => {
  const catchUp = mock.fn(async () => {})
  const { source, sockets } = connection(catchUp)
  sockets[0].opens()
  await source.lookAgain()
  await settled()
  assert.equal(catchUp.mock.callCount(), 1)
  await source.lookAgain()
  assert.equal(catchUp.mock.callCount(), 2)
})

test("looking again needs no connection, and is not done twice at a time without one either", async () => {
  const ends = []
  const catchUp = mock.fn(() => new Promise((resolve, reject) => ends.push({ resolve, reject })))
  const { source, sockets } = connection(catchUp)
  sockets[0].breaks()
  source.lookAgain()
  source.lookAgain()
  assert.equal(ends.length, 1)
  ends[0].reject(new Error("503"))
  await settled()
  source.lookAgain()
  assert.equal(ends.length, 2)
})

test("a connection that opens ends a look that was begun without it", async () => {
  const signals = []
  const { source, sockets } = connection((signal) => {
    signals.push(signal)
    return new Promise(() => {})
  })
  source.lookAgain()
  sockets[0].opens()
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, false])
  source.disconnect()
  assert.equal(signals[1].aborted, true)
})

test("a second look that fails leaves the connection and gives out what was held", async () => {
  const catchUp = inTurn(true, false)
  const { source, sockets, messages } = connection(catchUp)
  sockets[0].opens()
  await settled()
  const look = source.lookAgain()
  sockets[0].says("a")
  await look
  mock.timers.tick(60_000)
  assert.deepEqual(messages, ["a"])
  assert.equal(sockets[0].closed, false)
  assert.equal(catchUp.mock.callCount(), 2)
})

test("what is not text is not for the page", async () => {
  const { sockets, messages } = connection()
  sockets[0].opens()
  await settled()
  sockets[0].says(new ArrayBuffer(1))
  assert.deepEqual(messages, [])
})

test("a lost connection is tried again, later each time", () => {
  const { sockets } = connection()
  sockets[0].breaks()
  mock.timers.tick(499)
  assert.equal(sockets.length, 1)
  mock.timers.tick(1)
  assert.equal(sockets.length, 2)
  sockets[1].breaks()
  mock.timers.tick(999)
  assert.equal(sockets.length, 2)
  mock.timers.tick(1)
  assert.equal(sockets.length, 3)
})

test("messages wait until a reconnected page has caught up", async () => {
  let caughtUp
  const { sockets, messages } = connection(() => new Promise((resolve) => (caughtUp = resolve)))
  sockets[0].opens()
  sockets[0].breaks()
  mock.timers.tick(500)
  sockets[1].opens()
  sockets[1].says("a")
  sockets[1].says("b")
  await settled()
  assert.deepEqual(messages, [])
  caughtUp()
  await settled()
  sockets[1].says("c")
  assert.deepEqual(messages, ["a", "b", "c"])
})

test("a catch-up that fails keeps the connection and is tried again, later each time", async () => {
  const catchUp = inTurn(false, false, true)
  const { source, sockets, messages } = connection(catchUp)
  sockets[0].opens()
  sockets[0].says("a")
  await settled()
  assert.deepEqual(messages, ["a"])
  await source.lookAgain()
  assert.equal(catchUp.mock.callCount(), 1)
  for (const [delay, calls] of [[499, 1], [1, 2], [999, 2], [1, 3], [60_000, 3]]) {
    mock.timers.tick(delay)
    await settled()
    assert.equal(catchUp.mock.callCount(), calls)
  }
  assert.equal(sockets[0].closed, false)
  assert.equal(sockets.length, 1)
})

test("a catch-up is not tried again for a connection that is gone", async () => {
  const catchUp = inTurn(false)
  const { source, sockets } = connection(catchUp)
  sockets[0].opens()
  await settled()
  source.disconnect()
  mock.timers.tick(60_000)
  assert.equal(catchUp.mock.callCount(), 1)
})

test("a final close code is not argued with", () => {
  const { source, sockets, states } = connection()
  sockets[0].breaks(4503)
  mock.timers.tick(60_000)
  source.connect()
  assert.equal(sockets.length, 1)
  assert.deepEqual(states, ["connecting", "ended"])
})

test("nothing happens after a disconnect", () => {
  const { source, sockets, messages } = connection()
  sockets[0].opens()
  source.disconnect()
  sockets[0].says("late")
  sockets[0].breaks()
  mock.timers.tick(60_000)
  assert.equal(sockets[0].closed, true)
  assert.equal(sockets.length, 1)
  assert.deepEqual(messages, [])
})

test("asking to connect twice opens one socket", () => {
  const { source, sockets } = connection()
  source.connect()
  assert.equal(sockets.length, 1)
})
