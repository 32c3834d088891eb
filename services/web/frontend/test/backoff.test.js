import assert from "node:assert/strict"
import { test } from "node:test"
import { Backoff, FIRST_DELAY, LONGEST_DELAY } from "../src/models/backoff.js"

const delays = (backoff, count) => Array.from({ length: count }, () => backoff.next())

test("delays double up to the longest and stay there", () => {
  assert.deepEqual(delays(new Backoff(() => 1), 7), [500, 1000, 2000, 4000, 8000, LONGEST_DELAY, LONGEST_DELAY])
})

test("a delay is never less than half of its range", () => {
  assert.deepEqual(delays(new Backoff(() => 0), 3), [250, 500, 1000])
})

test("a reset begins again with the first delay", () => {
  const backoff = new Backoff(() => 1)
  delays(backoff, 4)
  backoff.reset()
  assert.equal(backoff.next(), FIRST_DELAY)
})
