import assert from "node:assert/strict"
import { test } from "node:test"
import { commandOf } from "../src/models/shortcuts.js"

const PAGE = { place: "page" }
const MESSAGE = { place: "message", isEmpty: true }

function press(key, changes = {}) {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, repeat: false }
  return { key, keyCode: 0, ...none, ...changes }
}

test("a letter is a command on the page, by what is typed and not by the key", () => {
  assert.equal(commandOf(press("n"), PAGE), "newChat")
  assert.equal(commandOf(press("?", { shiftKey: true }), PAGE), "help")
  assert.equal(commandOf(press("j"), PAGE), "nextMessage")
  assert.equal(commandOf(press("J", { shiftKey: true }), PAGE), "nextChat")
  assert.equal(commandOf(press("q"), PAGE), null)
})

test("a letter is a letter in a field, and where single keys are off", () => {
  assert.equal(commandOf(press("n"), { place: "field" }), null)
  assert.equal(commandOf(press("n"), MESSAGE), null)
  assert.equal(commandOf(press("?"), { ...PAGE, singleKeys: false }), null)
})

test("the browser keeps its own shortcuts", () => {
  for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
    assert.equal(commandOf(press("n", held), PAGE), null)
    assert.equal(commandOf(press("r", held), PAGE), null)
  }
})

test("Ctrl+K and ⌘K search from anywhere, unless the browser has them back", () => {
  for (const held of [{ ctrlKey: true }, { metaKey: true }]) {
    for (const where of [PAGE, MESSAGE, { place: "field" }]) {
      assert.equal(commandOf(press("k", held), where), "search")
      assert.equal(commandOf(press("K", held), { ...where, singleKeys: false }), "search")
      assert.equal(commandOf(press("k", held), { ...where, searchKey: false }), null)
    }
  }
  assert.equal(commandOf(press("k", { ctrlKey: true, shiftKey: true }), PAGE), null)
})

test("in the message box the arrow edits while it is empty, and Escape stops", () => {
  assert.equal(commandOf(press("ArrowUp"), MESSAGE), "edit")
  assert.equal(commandOf(press("ArrowUp"), { place: "message", isEmpty: false }), null)
  assert.equal(commandOf(press("ArrowUp", { shiftKey: true }), MESSAGE), null)
  assert.equal(commandOf(press("Escape"), { place: "message", isEmpty: false }), "stop")
  assert.equal(commandOf(press("Escape"), PAGE), null)
})

test("what an input method composes is no command", () => {
  assert.equal(commandOf(press("n", { isComposing: true }), PAGE), null)
  assert.equal(commandOf(press("Escape", { keyCode: 229 }), MESSAGE), null)
})

test("only steps are repeated by a key that is held", () => {
  assert.equal(commandOf(press("j", { repeat: true }), PAGE), "nextMessage")
  assert.equal(commandOf(press("n", { repeat: true }), PAGE), null)
  assert.equal(commandOf(press("ArrowUp", { repeat: true }), MESSAGE), null)
})
