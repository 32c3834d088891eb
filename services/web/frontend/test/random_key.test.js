import assert from "node:assert/strict"
import { test } from "node:test"
import { randomKey } from "../src/models/random_key.js"

test("a key is a random UUID of version 4", () => {
  assert.match(randomKey(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.notEqual(randomKey(), randomKey())
})

test("no bit but version and variant is fixed", () => {
  const zeros = { getRandomValues: (bytes) => bytes.fill(0) }
  const ones = { getRandomValues: (bytes) => bytes.fill(255) }
  assert.equal(randomKey(zeros), "00000000-0000-4000-8000-000000000000")
  assert.equal(randomKey(ones), "ffffffff-ffff-4fff-bfff-ffffffffffff")
})
