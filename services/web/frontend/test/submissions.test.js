import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { Submissions } from "../src/models/submissions.js"

function sending(name, formSubmission) {
  return Object.assign(new Event(`turbo:submit-${name}`), { detail: { formSubmission } })
}

const settled = () => new Promise(setImmediate)

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["setTimeout"] })
})

test("it tells when the last of several forms has been sent", async () => {
  const root = new EventTarget()
  const submissions = new Submissions(root)
  let isOver = false
  const [one, two] = [{}, {}]
  root.dispatchEvent(sending("start", one))
  root.dispatchEvent(sending("start", two))
  submissions.ended().then(() => (isOver = true))
  root.dispatchEvent(sending("end", one))
  await settled()
  assert.deepEqual([submissions.areOpen, isOver], [true, false])
  root.dispatchEvent(sending("end", two))
  await settled()
  assert.deepEqual([submissions.areOpen, isOver], [false, true])
  await submissions.ended()
})

test("a form that has left the page does not hold up the others for ever", async () => {
  const root = new EventTarget()
  const submissions = new Submissions(root)
  root.dispatchEvent(sending("start", {}))
  const ended = submissions.ended()
  mock.timers.tick(10_000)
  await ended
  assert.equal(submissions.areOpen, false)
})
