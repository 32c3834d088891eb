import assert from "node:assert/strict"
import { test } from "node:test"
import { isAskedFor, promptQuery } from "../src/models/prompt_query.js"

test("a slash at the beginning of one line asks for prompts", () => {
  assert.equal(promptQuery("/"), "")
  assert.equal(promptQuery("/Sum"), "sum")
  assert.equal(promptQuery("a/b"), null)
  assert.equal(promptQuery(""), null)
  assert.equal(promptQuery("/a\nb"), null)
})

test("a prompt is asked for by the beginning of its name, or of a later word", () => {
  assert.equal(isAskedFor("Summarise this", ""), true)
  assert.equal(isAskedFor("Summarise this", "sum"), true)
  assert.equal(isAskedFor("Summarise  this", "this"), true)
  assert.equal(isAskedFor("Summarise this", "summarise t"), true)
  assert.equal(isAskedFor("Summarise this", "his"), false)
  assert.equal(isAskedFor("Slow reading", "slow 20 /echo"), false)
})
