import assert from "node:assert/strict"
import { mock, test } from "node:test"
import { showOn, textOf } from "../src/models/code_copy.js"

// A button within an element of a kind, which has one text of each kind within.
const buttonIn = (place) => ({
  closest: (selector) =>
    selector === place ? { querySelector: (name) => ({ textContent: `${name} of ${place}` }) } : null,
})

test("a button copies the code or the formula that it stands at", () => {
  assert.equal(textOf(buttonIn("pre")), "code of pre")
  assert.equal(textOf(buttonIn(".formula")), "annotation of .formula")
})

test("a button says for a moment what has happened, and what it did before", () => {
  mock.timers.enable({ apis: ["setTimeout"] })
  for (const label of ["Copy", "Copy TeX"]) {
    const button = { textContent: label }
    showOn(button, "Not copied")
    mock.timers.tick(1_500)
    showOn(button, "Copied")
    mock.timers.tick(1_500)
    assert.equal(button.textContent, "Copied")
    mock.timers.tick(1_500)
    assert.equal(button.textContent, label)
  }
  mock.timers.reset()
})
