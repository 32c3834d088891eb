import assert from "node:assert/strict"
import { test } from "node:test"
import { actOf, markCurrent, neighbourOf } from "../src/models/chat_list.js"

function rowsOf(...ids) {
  const rows = []
  const list = { querySelectorAll: () => rows }
  for (const id of ids) {
    const link = { id, attributes: {}, setAttribute: (name, value) => (link.attributes[name] = value) }
    rows.push({ id: `chat_${id}_row`, link, closest: () => list, querySelector: () => link })
  }
  return rows
}

test("a form's address tells the chat and what is done to it", () => {
  assert.deepEqual(actOf({ action: "http://a.test/natter/chat/12/delete/" }), { chat: 12, name: "delete" })
  for (const action of ["/chat/", "/chat/12/message/3/stop/", "/chat/12/message/create/", "/settings/theme/"]) {
    assert.equal(actOf({ action: `http://a.test${action}` }), null)
  }
})

test("the next row follows one that goes, or the one before it", () => {
  const [first, second, third] = rowsOf(1, 2, 3)
  assert.equal(neighbourOf(first), second.link)
  assert.equal(neighbourOf(third), second.link)
  assert.equal(neighbourOf(rowsOf(1)[0]), undefined)
})

test("the row of the page's chat is marked and no other", () => {
  const [first, second] = rowsOf(1, 12)
  markCurrent(first, 12)
  markCurrent(second, 12)
  assert.deepEqual([first.link.attributes, second.link.attributes], [{}, { "aria-current": "page" }])
})
