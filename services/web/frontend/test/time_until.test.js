import assert from "node:assert/strict"
import { test } from "node:test"
import { timeUntil } from "../src/models/time_until.js"

test("seconds are counted one by one, and never down to nothing before the time has come", () => {
  assert.deepEqual([7_000, 6_001, 6_000, 1].map(timeUntil), ["in 7 s", "in 7 s", "in 6 s", "in 1 s"])
})

test("a long time is told in minutes", () => {
  assert.deepEqual([179_000, 180_000, 3_601_000].map(timeUntil), ["in 179 s", "in 3 min", "in 61 min"])
})

test("a very long time is told in hours", () => {
  assert.deepEqual([10_799_000, 10_800_000, 86_400_000].map(timeUntil), ["in 180 min", "in 3 h", "in 24 h"])
})

test("what is past, or no moment at all, is now", () => {
  assert.deepEqual([0, -1, -Infinity, NaN].map(timeUntil), ["now", "now", "now", "now"])
})
