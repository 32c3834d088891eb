import assert from "node:assert/strict"
import { test } from "node:test"
import { Backoff, LONGEST_DELAY, SOON } from "../src/elements/stream_source/backoff.js"
import { isFinal, pauseAfter } from "../src/elements/stream_source/endings.js"

const latest = (code, reason = "") => pauseAfter(code, reason, new Backoff(() => 1))

test("codes from 4500 are for good, all others come back", () => {
  for (const code of [4500, 4503, 4999]) assert.equal(isFinal(code), true)
  for (const code of [1000, 1001, 1006, 1011, 3000, 4000, 4013, 4499, 5000]) assert.equal(isFinal(code), false)
})

test("a gateway that drains says when to come back", () => {
  assert.equal(latest(4000, "retry=1500"), 1500 + SOON)
  assert.equal(latest(4000, "retry=99999999"), 60_000 + SOON)
  for (const reason of ["", "retry=", "retry=-5", "retry=1e9", "soon"]) assert.equal(latest(4000, reason), SOON)
})

test("who is sent away with an old token, or to another gateway, comes back soon", () => {
  assert.equal(latest(4005), SOON)
  assert.equal(latest(4011), SOON)
})

test("who is sent away at once every time comes back later each time", () => {
  const backoff = new Backoff(() => 1)
  assert.deepEqual([4011, 4011, 4000].map((code) => pauseAfter(code, "", backoff)), [SOON, 1000, 2000])
})

test("who said too much comes back late", () => {
  assert.equal(latest(4013), LONGEST_DELAY)
})

test("everything else backs off", () => {
  for (const code of [1000, 1001, 1006, 1012, 4008, 4010, 4012, 4444]) assert.equal(latest(code), 500)
})
