import assert from "node:assert/strict"
import { test } from "node:test"
import { Backoff, LONGEST_DELAY, SOON } from "../src/elements/stream_source/backoff.js"

const times = (count, delay) => Array.from({ length: count }, delay)

test("the ceiling doubles up to the longest delay and stays there", () => {
  const backoff = new Backoff(() => 1)
  assert.deepEqual(times(7, () => backoff.next()), [500, 1000, 2000, 4000, 8000, LONGEST_DELAY, LONGEST_DELAY])
})

test("a delay may be anything below its ceiling", () => {
  const backoff = new Backoff(() => 0)
  assert.deepEqual(times(3, () => backoff.next()), [0, 0, 0])
})

test("soon is a moment at first, and backs off like the rest when it is asked for again and again", () => {
  const backoff = new Backoff(() => 1)
  assert.deepEqual(times(4, () => backoff.soon()), [SOON, 1000, 2000, 4000])
})

test("late is the longer half of the longest delay", () => {
  assert.equal(new Backoff(() => 0).late(), LONGEST_DELAY / 2)
  assert.equal(new Backoff(() => 1).late(), LONGEST_DELAY)
})

test("a reset begins again with the first delay", () => {
  const backoff = new Backoff(() => 1)
  times(4, () => backoff.next())
  backoff.reset()
  assert.equal(backoff.next(), 500)
})
