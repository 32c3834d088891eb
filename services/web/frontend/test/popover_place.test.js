import assert from "node:assert/strict"
import { test } from "node:test"
import { besideOf } from "../src/models/popover_place.js"

const view = { width: 400, height: 600 }
const size = { width: 200, height: 150 }
const anchor = (left, top) => ({ left, top, bottom: top + 30 })

test("a popover stands below what opened it", () => {
  assert.deepEqual(besideOf(anchor(50, 100), size, view), { left: 50, top: 134 })
})

test("where there is no room below, it stands above", () => {
  assert.deepEqual(besideOf(anchor(50, 550), size, view), { left: 50, top: 396 })
})

test("it never leaves the view", () => {
  assert.equal(besideOf(anchor(390, 100), size, view).left, 192)
  assert.equal(besideOf(anchor(-20, 100), size, view).left, 8)
  assert.deepEqual(besideOf(anchor(0, 50), { width: 500, height: 700 }, view), { left: 8, top: 8 })
})
