import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { AnswerWatcher } from "../src/models/answer_watcher.js"

// A list of messages by the states of their footers, which tells its watcher of every change.
class List {
  #changed = () => {}
  #states = []

  constructor() {
    const list = this
    globalThis.MutationObserver = class {
      constructor(changed) {
        this.changed = changed
      }
      observe() {
        list.#changed = this.changed
      }
      disconnect() {
        list.#changed = () => {}
      }
    }
  }

  shows(...states) {
    this.#states = states
    this.#changed()
  }

  querySelector() {
    return this.#states.find((status) => ["waiting", "queued", "streaming"].includes(status)) ?? null
  }

  querySelectorAll() {
    return this.#states.map((status) => ({ dataset: { status } }))
  }
}

let list, said, watcher

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["setInterval"] })
  list = new List()
  said = []
  watcher = new AnswerWatcher(list, (what) => said.push(what))
})

test("the beginning and the end of an answer are told once", () => {
  watcher.start()
  for (const status of ["queued", "streaming", "streaming", "complete", "complete"]) list.shows("complete", status)
  assert.deepEqual(said, ["begun", "complete"])
})

test("how an answer ended is told", () => {
  watcher.start()
  for (const status of ["failed", "stopped"]) {
    list.shows("complete", "streaming")
    list.shows("complete", status)
  }
  assert.deepEqual(said, ["begun", "failed", "begun", "stopped"])
})

test("an answer that takes long is mentioned every seven seconds until it ends", () => {
  watcher.start()
  list.shows("streaming")
  mock.timers.tick(6_999)
  assert.deepEqual(said, ["begun"])
  mock.timers.tick(7_001)
  assert.deepEqual(said, ["begun", "answering", "answering"])
  list.shows("complete")
  mock.timers.tick(60_000)
  assert.deepEqual(said.slice(3), ["complete"])
})

test("an answer that was being written before the page came is no news, but mentioned too", () => {
  list.shows("streaming")
  watcher.start()
  list.shows("streaming")
  assert.deepEqual(said, [])
  mock.timers.tick(7_000)
  assert.deepEqual(said, ["answering"])
})

test("a watcher that was stopped says nothing", () => {
  watcher.start()
  list.shows("streaming")
  watcher.stop()
  mock.timers.tick(7_000)
  list.shows("complete")
  assert.deepEqual(said, ["begun"])
})

test("answers that wait for each other are one long answer", () => {
  watcher.start()
  list.shows("streaming", "waiting")
  list.shows("complete", "queued")
  list.shows("complete", "complete")
  assert.deepEqual(said, ["begun", "complete"])
})
