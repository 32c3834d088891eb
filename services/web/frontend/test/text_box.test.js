import assert from "node:assert/strict"
import { test } from "node:test"
import { asksToSend } from "../src/models/text_box.js"

const enter = { key: "Enter", shiftKey: false, isComposing: false, keyCode: 13 }

test("Enter sends", () => {
  assert.equal(asksToSend(enter), true)
})

test("Shift+Enter, other keys and an input method's Enter do not", () => {
  assert.equal(asksToSend({ ...enter, shiftKey: true }), false)
  assert.equal(asksToSend({ ...enter, key: "a" }), false)
  assert.equal(asksToSend({ ...enter, isComposing: true }), false)
  assert.equal(asksToSend({ ...enter, keyCode: 229 }), false)
})

test("where Enter begins a new line, Ctrl+Enter sends, and so does Command", () => {
  assert.equal(asksToSend(enter, "newline"), false)
  assert.equal(asksToSend({ ...enter, ctrlKey: true }, "newline"), true)
  assert.equal(asksToSend({ ...enter, metaKey: true }, "newline"), true)
  assert.equal(asksToSend({ ...enter, ctrlKey: true }, "send"), true)
  assert.equal(asksToSend({ ...enter, ctrlKey: true, isComposing: true }, "newline"), false)
})
