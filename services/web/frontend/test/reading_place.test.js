import assert from "node:assert/strict"
import { test } from "node:test"
import { messageInSight, ReadingPlace } from "../src/models/reading_place.js"

// Messages of 100 pixels below each other unless they are of another height, in a scroller whose upper edge is at 50.
function page(count) {
  const scroller = { scrollTop: 0, getBoundingClientRect: () => ({ top: 50 }) }
  const list = { children: [] }
  const message = (name) => {
    return {
      name,
      height: 100,
      isLaidOut: true,
      isConnected: true,
      matches: (selector) => selector === ".message",
      get nextElementSibling() {
        return list.children[list.children.indexOf(this) + 1] ?? null
      },
      get firstElementChild() {
        return { checkVisibility: ({ contentVisibilityAuto }) => contentVisibilityAuto && this.isLaidOut }
      },
      getBoundingClientRect() {
        const above = list.children.slice(0, list.children.indexOf(this))
        const top = 50 + above.reduce((sum, { height }) => sum + height, 0) - scroller.scrollTop
        return { top, bottom: top + this.height }
      },
    }
  }
  list.children = Array.from({ length: count }, (_, place) => message(`message ${place}`))
  const place = new ReadingPlace(scroller, () => list)
  return { scroller, list, message, place }
}

test("the first message in sight is the one at the upper edge", () => {
  const { scroller, list } = page(10)
  const seen = [0, 99, 100, 950].map((top) => {
    scroller.scrollTop = top
    return messageInSight(scroller, list).name
  })
  assert.deepEqual(seen, ["message 0", "message 0", "message 1", "message 9"])
  assert.equal(messageInSight(scroller, { children: [] }), null)
})

test("what comes above it moves nothing", () => {
  const { scroller, list, message, place } = page(10)
  scroller.scrollTop = 230
  place.take()
  list.children.unshift(message("older"), message("old"))
  place.restore()
  assert.equal(scroller.scrollTop, 430)
  list.children.push(message("newest"))
  place.restore()
  assert.equal(scroller.scrollTop, 430)
  list.children.shift()
  place.restore()
  assert.equal(scroller.scrollTop, 330)
})

test("where the reader goes meanwhile is theirs", () => {
  const { scroller, list, message, place } = page(10)
  place.take()
  scroller.scrollTop = 500
  place.restore()
  assert.equal(scroller.scrollTop, 500)
  list.children.unshift(message("older"))
  place.restore()
  assert.equal(scroller.scrollTop, 600)
})

test("what has no height of its own yet moves what stands below it no more than what comes above", () => {
  const { scroller, list, place } = page(3)
  scroller.scrollTop = 150
  list.children[1].isLaidOut = false
  place.take()
  Object.assign(list.children[1], { isLaidOut: true, height: 40 })
  place.restore()
  assert.equal(scroller.scrollTop, 90)
  list.children[2].isLaidOut = false
  scroller.scrollTop = 190
  place.take()
  list.children[0].height = 120
  place.restore()
  assert.equal(scroller.scrollTop, 210)
})

test("what grows under the reader's eyes grows downwards", () => {
  const { scroller, list, place } = page(3)
  scroller.scrollTop = 150
  place.take()
  list.children[1].height = 140
  place.restore()
  assert.equal(scroller.scrollTop, 150)
})

test("nothing is restored once the message is gone", () => {
  const { scroller, list, place } = page(10)
  scroller.scrollTop = 200
  place.take()
  const [gone] = list.children.splice(2, 1)
  gone.isConnected = false
  place.restore()
  assert.equal(scroller.scrollTop, 200)
})
