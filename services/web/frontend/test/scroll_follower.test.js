import assert from "node:assert/strict"
import { test } from "node:test"
import { ScrollFollower } from "../src/models/scroll_follower.js"

// A scroller as a browser keeps it: its position never exceeds its end.
class Scroller {
  #top = 0
  scrollHeight = 1000
  clientHeight = 400

  get end() {
    return this.scrollHeight - this.clientHeight
  }

  get scrollTop() {
    return Math.min(this.#top, this.end)
  }

  set scrollTop(top) {
    this.#top = Math.min(top, this.end)
  }
}

function atTheEnd() {
  const scroller = new Scroller()
  const changes = []
  const follower = new ScrollFollower(scroller, (following) => changes.push(following))
  follower.follow()
  const scrollTo = (top) => {
    scroller.scrollTop = top
    follower.scrolled()
  }
  const grow = (by) => {
    scroller.scrollHeight += by
    follower.resized()
  }
  return { scroller, follower, changes, scrollTo, grow }
}

test("it follows what is written while the reader is at the end", () => {
  const { scroller, grow } = atTheEnd()
  grow(300)
  assert.equal(scroller.scrollTop, 900)
})

test("the smallest movement upwards lets go", () => {
  const { scroller, changes, scrollTo, grow } = atTheEnd()
  scrollTo(599)
  grow(300)
  assert.equal(scroller.scrollTop, 599)
  assert.deepEqual(changes, [false])
})

test("a reader who wants to see what is here stays, although the end is here too", () => {
  const { scroller, follower, changes, grow } = atTheEnd()
  follower.hold()
  follower.scrolled()
  grow(-50)
  grow(300)
  assert.equal(scroller.scrollTop, 600)
  assert.deepEqual(changes, [false])
})

test("what was scrolled before a reader wanted to stay is no going down", () => {
  const { scroller, follower, changes, scrollTo, grow } = atTheEnd()
  scrollTo(520)
  scroller.scrollTop = 590
  follower.hold()
  follower.scrolled()
  grow(300)
  assert.equal(scroller.scrollTop, 590)
  scrollTo(900)
  grow(100)
  assert.equal(scroller.scrollTop, 1000)
  assert.deepEqual(changes, [false, true])
})

test("coming back near the end takes hold again", () => {
  const { scroller, changes, scrollTo, grow } = atTheEnd()
  scrollTo(300)
  scrollTo(450)
  grow(0)
  assert.equal(scroller.scrollTop, 450)
  scrollTo(520)
  grow(100)
  assert.equal(scroller.scrollTop, 700)
  assert.deepEqual(changes, [false, true])
})

test("content that shrinks is not a reader who scrolls up", () => {
  const { scroller, follower, changes, grow } = atTheEnd()
  scroller.scrollHeight -= 200
  follower.scrolled()
  grow(400)
  assert.equal(scroller.scrollTop, 800)
  assert.deepEqual(changes, [])
})

test("an end that comes to a reader who has not moved takes hold too", () => {
  const { scroller, changes, scrollTo, grow } = atTheEnd()
  scrollTo(0)
  grow(500)
  grow(-900)
  assert.deepEqual(changes, [false])
  grow(-150)
  assert.deepEqual(changes, [false, true])
  grow(200)
  assert.equal(scroller.scrollTop, 250)
})

test("a wheel turned upwards lets go before anything has moved", () => {
  const { scroller, follower, grow } = atTheEnd()
  follower.release()
  grow(300)
  assert.equal(scroller.scrollTop, 600)
})

test("where there is nothing to scroll a wheel changes nothing", () => {
  const { scroller, follower, changes } = atTheEnd()
  scroller.scrollHeight = 400
  follower.resized()
  follower.release()
  assert.deepEqual(changes, [])
})

test("going to the newest follows again", () => {
  const { scroller, follower, changes, scrollTo, grow } = atTheEnd()
  scrollTo(0)
  follower.follow()
  grow(100)
  assert.equal(scroller.scrollTop, 700)
  assert.deepEqual(changes, [false, true])
})

test("an answer is followed no further than its start if that is the limit", () => {
  let limit = Infinity
  const scroller = new Scroller()
  const changes = []
  const follower = new ScrollFollower(scroller, (following) => changes.push(following), { limit: () => limit })
  follower.follow()
  limit = 750
  scroller.scrollHeight += 100
  follower.resized()
  assert.equal(scroller.scrollTop, 700)
  scroller.scrollHeight += 500
  follower.resized()
  assert.equal(scroller.scrollTop, 750)
  scroller.scrollHeight += 500
  follower.resized()
  assert.equal(scroller.scrollTop, 750)
  assert.deepEqual(changes, [false])
})

test("what grows while text is selected lets go, and what does not grow changes nothing", () => {
  let isSelecting = true
  const scroller = new Scroller()
  const changes = []
  const follower = new ScrollFollower(scroller, (following) => changes.push(following), {
    isSelecting: () => isSelecting,
  })
  follower.follow()
  follower.resized()
  assert.deepEqual(changes, [])
  scroller.scrollHeight += 300
  follower.resized()
  isSelecting = false
  scroller.scrollHeight += 300
  follower.resized()
  assert.equal(scroller.scrollTop, 600)
  assert.deepEqual(changes, [false])
})

test("a reader whose place is kept has not moved", () => {
  const { scroller, follower, changes, grow } = atTheEnd()
  follower.hold()
  scroller.scrollHeight += 50
  scroller.scrollTop = 650
  follower.adjusted()
  follower.scrolled()
  grow(300)
  assert.equal(scroller.scrollTop, 650)
  assert.deepEqual(changes, [false])
})
