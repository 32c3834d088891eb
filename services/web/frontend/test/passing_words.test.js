import assert from "node:assert/strict"
import { mock, test } from "node:test"
import { sayOn } from "../src/models/passing_words.js"

test("a control says for a moment what has happened, and then what it said before", () => {
  mock.timers.enable({ apis: ["setTimeout"] })
  for (const label of ["Copy", "Copy TeX"]) {
    const control = { lastChild: { data: label } }
    sayOn(control, "Not copied")
    mock.timers.tick(1_500)
    sayOn(control, "Copied")
    mock.timers.tick(1_500)
    assert.equal(control.lastChild.data, "Copied")
    mock.timers.tick(1_500)
    assert.equal(control.lastChild.data, label)
  }
  mock.timers.reset()
})
