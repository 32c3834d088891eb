import assert from "node:assert/strict"
import { test } from "node:test"
import { isTaken, remainder, Sending } from "../src/models/sending.js"

test("only what was typed since stays in the box", () => {
  assert.equal(remainder("Hello", "Hello"), "")
  assert.equal(remainder("Hello\nand more", "Hello"), "and more")
})

test("a box that was rewritten is left alone", () => {
  assert.equal(remainder("Something else", "Hello"), "Something else")
})

test("a failure keeps everything", () => {
  const sending = new Sending()
  sending.begin("Hello")
  assert.equal(sending.finish("Hello", { success: false }), "Hello")
})

test("a doubled keystroke sends nothing twice", () => {
  const sending = new Sending()
  assert.equal(sending.begin("Hello"), true)
  assert.equal(sending.begin("Hello"), false)
  sending.finish("Hello", { success: true })
  assert.equal(sending.takeRepeat(), false)
})

test("more that is sent meanwhile goes afterwards, once", () => {
  const sending = new Sending()
  sending.begin("Hello")
  assert.equal(sending.begin("Hello again"), false)
  assert.equal(sending.finish("Hello again", { success: true }), "again")
  assert.equal(sending.takeRepeat(), true)
  assert.equal(sending.takeRepeat(), false)
  assert.equal(sending.begin("again"), true)
})

test("only the answer to the form is a word that a message was taken", () => {
  const answer = (contentType) => ({ success: true, fetchResponse: { contentType } })
  assert.equal(isTaken(answer("text/vnd.turbo-stream.html; charset=utf-8")), true)
  assert.equal(isTaken(answer("text/html")), false)
  assert.equal(isTaken(answer(null)), false)
  assert.equal(isTaken({ success: false, error: new Error("lost") }), false)
})
