import assert from "node:assert/strict"
import { test } from "node:test"
import { isFocusFree } from "../src/models/focus.js"

// Each element holds itself and those in it.
const element = (...inside) => {
  const self = { contains: (other) => other === self || inside.some((each) => each.contains(other)) }
  return self
}
const link = element()
const place = element(link)
const around = element(place)
const elsewhere = element()

test("the focus is free while it is nowhere, at a place or around it", () => {
  const body = element(around, elsewhere)
  for (const activeElement of [null, body, link, place, around]) {
    globalThis.document = { body, activeElement }
    assert.equal(isFocusFree(null, place), true)
  }
})

test("the focus is not taken from what a reader has gone on to", () => {
  globalThis.document = { body: element(around, elsewhere), activeElement: elsewhere }
  assert.equal(isFocusFree(null, place), false)
  assert.equal(isFocusFree(elsewhere, place), true)
})
