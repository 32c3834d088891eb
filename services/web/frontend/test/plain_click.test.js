import assert from "node:assert/strict"
import { test } from "node:test"
import { isPlainClick } from "../src/models/plain_click.js"

const plain = { button: 0, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, defaultPrevented: false }

test("a click with the first button is plain", () => {
  assert.equal(isPlainClick(plain), true)
})

test("another button, a key that is held, and a click that was answered are not", () => {
  for (const changed of ["ctrlKey", "metaKey", "shiftKey", "altKey", "defaultPrevented"]) {
    assert.equal(isPlainClick({ ...plain, [changed]: true }), false)
  }
  assert.equal(isPlainClick({ ...plain, button: 1 }), false)
})
