import assert from "node:assert/strict"
import { test } from "node:test"
import { MOST, rangeAround } from "../src/models/shown_part.js"

const ids = (count) => Array.from({ length: count }, (_, place) => String(10 + 3 * place))

test("all that is shown is asked for again, up to whatever comes next", () => {
  assert.deepEqual(rangeAround(ids(60), "16", false), { from: "10" })
  assert.deepEqual(rangeAround(ids(MOST), "16", false), { from: "10" })
})

test("where newer messages are missing the last before them is named", () => {
  assert.deepEqual(rangeAround(ids(60), "16", true), { from: "10", until: "187" })
})

test("of very many those around the reader are asked for", () => {
  const many = ids(1_000)
  assert.deepEqual(rangeAround(many, many[999], false), { from: many[1_000 - MOST] })
  assert.deepEqual(rangeAround(many, many[500], false), { from: many[500 - MOST / 2], until: many[499 + MOST / 2] })
  assert.deepEqual(rangeAround(many, many[3], false), { from: many[0], until: many[MOST - 1] })
})

test("a reader who is at no message is at the end", () => {
  const many = ids(1_000)
  assert.deepEqual(rangeAround(many, undefined, false), { from: many[1_000 - MOST] })
})

test("a page without messages is asked for as it is", () => {
  assert.deepEqual(rangeAround([], undefined, false), {})
})
