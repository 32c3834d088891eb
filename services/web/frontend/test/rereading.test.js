import assert from "node:assert/strict"
import { test } from "node:test"
import { Rereading } from "../src/models/rereading.js"

function rereading() {
  const answers = []
  const shown = []
  const list = new Rereading(
    () => new Promise((resolve) => answers.push(resolve)),
    (fresh) => shown.push(fresh),
  )
  const answer = async (number, fresh) => {
    answers[number](fresh)
    await new Promise(setImmediate)
  }
  return { list, answers, shown, answer }
}

test("what was read before a change is not shown", async () => {
  const { list, answers, shown, answer } = rereading()
  const done = list.again()
  list.changed()
  await answer(0, "old")
  assert.deepEqual([answers.length, shown], [2, []])
  await answer(1, "new")
  await done
  assert.deepEqual(shown, ["new"])
})

test("readings follow one another, and those that wait are one", async () => {
  const { list, answers, shown, answer } = rereading()
  const all = [list.again(), list.again(), list.again()]
  assert.equal(answers.length, 1)
  await answer(0, "first")
  assert.equal(answers.length, 2)
  await answer(1, "second")
  await Promise.all(all)
  assert.deepEqual(shown, ["first", "second"])
})

test("what cannot be read changes nothing, and is read when asked for again", async () => {
  const { list, shown, answer } = rereading()
  const failed = list.again()
  list.changed()
  await answer(0, null)
  await failed
  list.again()
  await answer(1, "new")
  assert.deepEqual(shown, ["new"])
})
