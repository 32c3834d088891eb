import assert from "node:assert/strict"
import { test } from "node:test"
import { appendsMessages, guardAppends, isRepeatedAppend } from "../src/models/append_guard.js"

const element = (id) => ({ nodeType: 1, id })
const space = { nodeType: 3, data: " \n" }
const words = { nodeType: 3, data: "Hello" }
const target = (...ids) => ({ children: ids.map(element) })

function append(nodes, targets, action = "append") {
  return { action, templateElement: { content: { childNodes: nodes } }, targetElements: targets }
}

test("an append of what is there already is repeated", () => {
  assert.equal(isRepeatedAppend(append([element("a"), space, element("b")], [target("a", "x", "b")])), true)
})

test("an append with anything new is not repeated", () => {
  assert.equal(isRepeatedAppend(append([element("a"), element("b")], [target("a")])), false)
  assert.equal(isRepeatedAppend(append([element("a")], [target("a"), target("b")])), false)
})

test("what cannot be recognised is never taken for repeated", () => {
  assert.equal(isRepeatedAppend(append([words], [target("a")])), false)
  assert.equal(isRepeatedAppend(append([element("a"), words], [target("a")])), false)
  assert.equal(isRepeatedAppend(append([element("")], [target("")])), false)
  assert.equal(isRepeatedAppend(append([], [target("a")])), false)
  assert.equal(isRepeatedAppend(append([element("a")], [])), false)
})

test("other actions are left alone", () => {
  assert.equal(isRepeatedAppend(append([element("a")], [target("a")], "update")), false)
})

test("the question is asked when the element is rendered, not when it arrives", () => {
  const page = new EventTarget()
  guardAppends(page)
  const list = target()
  const rendered = []
  const arrive = () => {
    const event = new CustomEvent("turbo:before-stream-render", { detail: { render: (stream) => rendered.push(stream) } })
    page.dispatchEvent(event)
    return event.detail.render
  }
  const first = arrive()
  const second = arrive()
  const stream = append([element("a")], [list])
  first(stream)
  list.children.push(element("a"))
  second(stream)
  assert.equal(rendered.length, 1)
})

test("messages of a publication that the page is newer than are not added to it", () => {
  const page = new EventTarget()
  const rendered = []
  guardAppends(page, (stream) => stream.isOld)
  for (const [id, isOld] of [["message_7", true], ["message_8", false], ["line", true]]) {
    const event = new CustomEvent("turbo:before-stream-render", { detail: { render: () => rendered.push(id) } })
    page.dispatchEvent(event)
    event.detail.render({ ...append([element(id)], [target()]), isOld })
  }
  assert.deepEqual(rendered, ["message_8", "line"])
})

test("only an append of messages and nothing else is one of messages", () => {
  assert.equal(appendsMessages(append([element("message_1"), space, element("message_2")], [target()])), true)
  assert.equal(appendsMessages(append([element("message_1"), element("message_2_done")], [target()])), false)
  assert.equal(appendsMessages(append([element("message_1"), words], [target()])), false)
  assert.equal(appendsMessages(append([element("message_1")], [target()], "replace")), false)
})
