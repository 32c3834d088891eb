import assert from "node:assert/strict"
import { test } from "node:test"
import { CARRIED, Draft, forgetDrafts } from "../src/models/draft.js"

function storage() {
  const items = new Map()
  return {
    items,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, text) => items.set(name, text),
    removeItem: (name) => items.delete(name),
  }
}

test("a draft is kept for its chat alone", () => {
  const store = storage()
  new Draft("chat-1", () => store).text = "Hello"
  assert.equal(new Draft("chat-1", () => store).text, "Hello")
  assert.equal(new Draft("chat-2", () => store).text, "")
})

test("another page takes a draft away by removing it, and none other", () => {
  const store = storage()
  const draft = new Draft("chat-1", () => store)
  draft.text = "Hello"
  const [key] = store.items.keys()
  assert.ok(draft.isTakenBy({ key, newValue: null }))
  assert.ok(!draft.isTakenBy({ key, newValue: "Hello" }))
  assert.ok(!draft.isTakenBy({ key: "natter:draft:chat-2", newValue: null }))
  assert.ok(!draft.isTakenBy({ key: null, newValue: null }))
})

test("an empty draft leaves nothing behind", () => {
  const store = storage()
  const draft = new Draft("chat-1", () => store)
  draft.text = "Hello"
  draft.text = ""
  assert.equal(store.items.size, 0)
})

test("a browser without storage is no error", () => {
  const draft = new Draft("chat-1", () => {
    throw new Error("denied")
  })
  draft.text = "Hello"
  assert.equal(draft.text, "")
})

test("the drafts of one Natter are forgotten, and nothing else", () => {
  const items = { "natter:draft:/chat/1/": "a", "natter:draft:/chat/2/message/3/": "b", "natter:draft:carried:/ws/turbo_stream/account_1/": "c" }
  const others = { "natter:draft:/other/chat/1/": "d", "/chat/1/": "e" }
  const store = Object.create({ removeItem(name) { delete this[name] } }, Object.getOwnPropertyDescriptors({ ...items, ...others }))
  forgetDrafts(["/chat/", CARRIED], () => store)
  assert.deepEqual({ ...store }, others)
  forgetDrafts([""], () => {
    throw new Error("forbidden")
  })
})
