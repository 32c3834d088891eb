import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { StallWatch } from "../src/models/stall_watch.js"

function watch(waiting) {
  const look = mock.fn()
  const stall = new StallWatch({ waiting, look })
  stall.start()
  return { stall, looks: () => look.mock.callCount() }
}

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["setInterval"] })
})

test("it looks again every five seconds for as long as something is awaited", () => {
  let waiting = true
  const { looks } = watch(() => waiting)
  mock.timers.tick(10_000)
  assert.equal(looks(), 2)
  waiting = false
  mock.timers.tick(60_000)
  assert.equal(looks(), 2)
})

test("it does not look while something is heard", () => {
  const { stall, looks } = watch(() => true)
  for (let second = 0; second < 20; second += 4) {
    mock.timers.tick(4_000)
    stall.heard()
  }
  assert.equal(looks(), 0)
})

test("it rests once it is stopped", () => {
  const { stall, looks } = watch(() => true)
  stall.stop()
  mock.timers.tick(60_000)
  assert.equal(looks(), 0)
})
