import assert from "node:assert/strict"
import { test } from "node:test"
import { stepTo } from "../src/models/list_keys.js"

const ITEMS = ["field", "first", "second"]

test("arrows lead from item to item, and no further than the list", () => {
  assert.equal(stepTo("ArrowDown", ITEMS, "field"), "first")
  assert.equal(stepTo("ArrowUp", ITEMS, "first"), "field")
  assert.equal(stepTo("ArrowDown", ITEMS, "second"), null)
  assert.equal(stepTo("ArrowUp", ITEMS, "field"), null)
})

test("other keys lead nowhere, and neither does any key from elsewhere", () => {
  assert.equal(stepTo("a", ITEMS, "field"), null)
  assert.equal(stepTo("ArrowDown", ITEMS, "elsewhere"), null)
  assert.equal(stepTo("ArrowDown", [], "field"), null)
})
