import assert from "node:assert/strict"
import { test } from "node:test"
import { restoreOrder } from "../src/models/message_order.js"

function listOf(...ids) {
  const list = { children: [] }
  const place = (element, index) => list.children.splice(index, 0, element)
  for (const id of ids) {
    const element = { id }
    element.before = (other) => {
      list.children.splice(list.children.indexOf(other), 1)
      place(other, list.children.indexOf(element))
    }
    list.children.push(element)
  }
  return list
}

const order = (list) => list.children.map(({ id }) => id)

test("messages that come late go in front of those that were stored after them", () => {
  const list = listOf("message_1", "message_9", "message_10", "message_3", "message_4")
  restoreOrder(list, ["message_3", "message_4"])
  assert.deepEqual(order(list), ["message_1", "message_3", "message_4", "message_9", "message_10"])
})

test("messages in order stay where they are", () => {
  const list = listOf("message_9", "message_10", "message_11")
  restoreOrder(list, ["message_10", "message_11"])
  assert.deepEqual(order(list), ["message_9", "message_10", "message_11"])
})

test("what is no message is never moved, nor is anything moved for its sake", () => {
  const list = listOf("message_2", "notice", "", "message_5", "message_0_done")
  restoreOrder(list, ["notice", "", "message_5", "message_0_done", "gone"])
  assert.deepEqual(order(list), ["message_2", "notice", "", "message_5", "message_0_done"])
})
