import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { SilenceWatch } from "../src/elements/stream_source/silence_watch.js"

function watch(patience = 45_000) {
  const silent = mock.fn()
  const it = new SilenceWatch(silent)
  it.expect(patience)
  return { it, count: () => silent.mock.callCount() }
}

let asleep = 0

// As if the machine had slept: the clock has gone on, the timers have not.
function sleep(milliseconds) {
  asleep += milliseconds
}

beforeEach(() => {
  asleep = 0
  mock.restoreAll()
  mock.timers.reset()
  mock.timers.enable({ apis: ["setTimeout", "Date"] })
  const now = Date.now
  mock.method(Date, "now", () => now() + asleep)
})

test("silence is noticed once the time is up, once", () => {
  const { count } = watch()
  mock.timers.tick(44_999)
  assert.equal(count(), 0)
  mock.timers.tick(1)
  assert.equal(count(), 1)
  mock.timers.tick(600_000)
  assert.equal(count(), 1)
})

test("whatever is heard begins the time anew", () => {
  const { it, count } = watch()
  for (let beat = 0; beat < 20; beat += 1) {
    mock.timers.tick(20_000)
    it.heard()
  }
  mock.timers.tick(44_999)
  assert.equal(count(), 0)
  mock.timers.tick(1)
  assert.equal(count(), 1)
})

test("after a sleep, silence is noticed in a moment", () => {
  const { it, count } = watch()
  sleep(30_000)
  it.look(25_000)
  mock.timers.tick(999)
  assert.equal(count(), 0)
  mock.timers.tick(1)
  assert.equal(count(), 1)
})

test("after a sleep, what had come meanwhile counts", () => {
  const { it, count } = watch()
  sleep(30_000)
  it.look(25_000)
  mock.timers.tick(10)
  it.heard()
  mock.timers.tick(44_999)
  assert.equal(count(), 0)
  mock.timers.tick(1)
  assert.equal(count(), 1)
})

test("after a short sleep nothing is done", () => {
  const { it, count } = watch()
  mock.timers.tick(24_999)
  it.look(25_000)
  mock.timers.tick(20_000)
  assert.equal(count(), 0)
  mock.timers.tick(1)
  assert.equal(count(), 1)
})

test("a clock that is put back alarms nobody", () => {
  const { it, count } = watch()
  sleep(-3_600_000)
  it.look(25_000)
  mock.timers.tick(1_000)
  assert.equal(count(), 0)
})

test("nothing is noticed once it has stopped", () => {
  const { it, count } = watch()
  it.stop()
  mock.timers.tick(600_000)
  assert.equal(count(), 0)
})
