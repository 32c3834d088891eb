import assert from "node:assert/strict"
import { test } from "node:test"
import { leaveFocus } from "../src/models/stream_focus.js"

class Page {
  get activeElement() {
    return "the message box"
  }
}

test("who renders finds nothing focused, and everybody else what is", () => {
  const page = new Page()
  const rendered = []
  const renderer = { render: (message) => rendered.push([message, page.activeElement]) }
  leaveFocus(page, renderer)
  renderer.render("first")
  renderer.render("second")
  assert.deepEqual(rendered, [["first", null], ["second", null]])
  assert.equal(page.activeElement, "the message box")
})

test("a message that cannot be rendered leaves no trace", () => {
  const page = new Page()
  const renderer = {
    render() {
      throw new Error("unknown action")
    },
  }
  leaveFocus(page, renderer)
  assert.throws(() => renderer.render("bad"), /unknown action/)
  assert.equal(page.activeElement, "the message box")
})
