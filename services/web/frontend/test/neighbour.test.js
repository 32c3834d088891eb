import assert from "node:assert/strict"
import { test } from "node:test"
import { neighbour } from "../src/models/neighbour.js"

test("a step leads to the item before or after, and stays at the ends", () => {
  const items = ["a", "b", "c"]
  assert.equal(neighbour(items, "a", 1), "b")
  assert.equal(neighbour(items, "b", -1), "a")
  assert.equal(neighbour(items, "c", 1), "c")
  assert.equal(neighbour(items, "a", -1), "a")
})

test("from outside, steps begin at the ends", () => {
  assert.equal(neighbour(["a", "b"], null, 1), "a")
  assert.equal(neighbour(["a", "b"], null, -1), "b")
  assert.equal(neighbour([], null, 1), undefined)
})
