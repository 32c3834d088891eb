import assert from "node:assert/strict"
import { test } from "node:test"
import { ServerClock } from "../src/models/server_clock.js"

const HOUR = 3_600_000
const SAID = "2026-01-01T12:00:00+00:00"
const NOON = Date.parse(SAID)

for (const off of [-2 * HOUR, 0, 2 * HOUR]) {
  test(`a clock that is ${off / HOUR} hours off does not matter`, () => {
    let now = NOON + off
    const clock = new ServerClock(() => now)
    clock.hear(SAID)
    assert.equal(clock.now(), NOON)
    now += HOUR
    assert.equal(clock.now(), NOON + HOUR)
  })
}

test("what took a while to arrive was said a while ago", () => {
  const clock = new ServerClock(() => 0)
  clock.hear(SAID, 1_500)
  assert.equal(clock.now(), NOON + 1_500)
})

test("the same words again are old, and what is no time changes nothing", () => {
  let now = 0
  const clock = new ServerClock(() => now)
  clock.hear(SAID)
  now = HOUR
  for (const said of [SAID, "soon", "", undefined]) clock.hear(said)
  assert.equal(clock.now(), NOON + HOUR)
})

test("a page that comes later sets a clock right that was set meanwhile", () => {
  let now = NOON
  const clock = new ServerClock(() => now)
  clock.hear(SAID)
  now += 5 * HOUR
  clock.hear("2026-01-01T13:00:00+00:00")
  assert.equal(clock.now(), NOON + HOUR)
})
