import assert from "node:assert/strict"
import { test } from "node:test"
import { textOf } from "../src/models/code_copy.js"

// A button within an element of a kind, which has one text of each kind within.
const buttonIn = (place) => ({
  closest: (selector) =>
    selector === place ? { querySelector: (name) => ({ textContent: `${name} of ${place}` }) } : null,
})

test("a button copies the code or the formula that it stands at", () => {
  assert.equal(textOf(buttonIn("pre")), "code of pre")
  assert.equal(textOf(buttonIn(".formula")), "annotation of .formula")
})
