import assert from "node:assert/strict"
import { test } from "node:test"
import { announce } from "../src/models/announcement.js"

test("the same words are said again", () => {
  const status = { textContent: "" }
  const page = { getElementById: () => status }
  const said = Array.from({ length: 3 }, () => {
    announce(page, "Copied")
    return status.textContent
  })
  assert.deepEqual(said, ["Copied", "Copied\u00a0", "Copied"])
})

test("a page without a status hears nothing", () => {
  announce({ getElementById: () => null }, "Copied")
})
