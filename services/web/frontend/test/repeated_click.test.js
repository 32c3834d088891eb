import assert from "node:assert/strict"
import { test } from "node:test"
import { isRepeatedClick } from "../src/models/repeated_click.js"

test("the second click of two is one, the first and a key press are none", () => {
  assert.deepEqual([0, 1, 2, 3].map((detail) => isRepeatedClick({ detail })), [false, false, true, true])
})
