import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { ShownPlace } from "../src/elements/stream_source/shown_place.js"

let frames

// A hidden page has no frames.
function show(visibilityState) {
  frames = []
  globalThis.document = { visibilityState }
  globalThis.requestAnimationFrame = (callback) => frames.push(callback)
}

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["setTimeout"] })
  show("visible")
})

test("what was handed over is shown with the next frame", () => {
  const shown = new ShownPlace("a")
  assert.equal(shown.at("a"), "a")
  for (const place of ["b", "c"]) shown.handedOver(place, () => true)
  assert.equal(shown.at("c"), "a")
  frames[0]()
  assert.equal(shown.at("c"), "b")
  frames[1]()
  assert.equal(shown.at("d"), "d")
})

test("a hidden page does not wait for a frame", () => {
  show("hidden")
  const shown = new ShownPlace("a")
  shown.handedOver("b", () => true)
  assert.equal(shown.at("b"), "a")
  mock.timers.tick(1)
  assert.equal(shown.at("b"), "b")
})

test("what is rendered after the element has left is not shown by its page", () => {
  const shown = new ShownPlace("a")
  for (const isThere of [false, true]) shown.handedOver("b", () => isThere)
  frames[0]()
  assert.equal(shown.at("b"), "a")
})
