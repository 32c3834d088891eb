import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { guardAppends } from "../src/models/append_guard.js"
import { ArrivalQueue, keepArrivalOrder } from "../src/models/arrival_order.js"

// A page whose events reach its window after its document, as in a browser.
class Page {
  window = new EventTarget()
  document = new EventTarget()
  rendered = []

  constructor() {
    keepArrivalOrder(this.window)
  }

  arrives(stream, render = ({ name }) => void this.rendered.push(name)) {
    const newStream = typeof stream === "string" ? { name: stream, action: "update" } : stream
    const event = new CustomEvent("turbo:before-stream-render", { cancelable: true, detail: { newStream, render } })
    this.document.dispatchEvent(event)
    this.window.dispatchEvent(event)
    return () => event.detail.render(newStream)
  }
}

let page

beforeEach(() => {
  page = new Page()
})

test("whoever has its turn first renders all that arrived before it", async () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => page.arrives(name))
  await c()
  assert.deepEqual(page.rendered, ["a", "b", "c"])
  await Promise.all([a(), b(), d()])
  assert.deepEqual(page.rendered, ["a", "b", "c", "d"])
})

test("a slow rendering is waited for", async () => {
  let finish
  const a = page.arrives("a", () => new Promise((resolve) => (finish = () => resolve(page.rendered.push("a")))))
  const b = page.arrives("b")
  const both = [a(), b()]
  await new Promise(setImmediate)
  assert.deepEqual(page.rendered, [])
  finish()
  await Promise.all(both)
  assert.deepEqual(page.rendered, ["a", "b"])
})

test("a rendering that throws is reported to its own stream and holds up nothing", async () => {
  const unhandled = mock.fn()
  process.on("unhandledRejection", unhandled)
  const a = page.arrives("a", () => {
    throw new Error("unknown action")
  })
  const b = page.arrives("b")
  await b()
  await new Promise(setImmediate)
  assert.deepEqual(page.rendered, ["b"])
  await assert.rejects(a(), /unknown action/)
  assert.equal(unhandled.mock.callCount(), 0)
  process.off("unhandledRejection", unhandled)
})

test("a stream that is cancelled is never rendered and holds up nothing", async () => {
  page.window.addEventListener("turbo:before-stream-render", (event) => {
    if (event.detail.newStream.name === "a") event.preventDefault()
  })
  page.arrives("a")
  const b = page.arrives("b")
  await Promise.resolve()
  await b()
  assert.deepEqual(page.rendered, ["b"])
})

test("a stream that another listener renders by itself is not rendered twice", async () => {
  page.window.addEventListener("turbo:before-stream-render", ({ detail }) => {
    if (detail.newStream.name === "a") detail.render = () => page.rendered.push("a, elsewhere")
  })
  const a = page.arrives("a")
  const b = page.arrives("b")
  await Promise.resolve()
  await b()
  await a()
  assert.deepEqual(page.rendered, ["b", "a, elsewhere"])
})

test("a listener that wraps the rendering later on still gets it done, once", async () => {
  page.window.addEventListener("turbo:before-stream-render", ({ detail }) => {
    const { render } = detail
    detail.render = async (stream) => {
      await render(stream)
      page.rendered.push("wrapped")
    }
  })
  const a = page.arrives("a")
  await Promise.resolve()
  await a()
  assert.deepEqual(page.rendered, ["a", "wrapped"])
})

test("what other listeners make of a stream is put in order with it, whichever registered first", async () => {
  page.document.addEventListener("turbo:before-stream-render", ({ detail }) => {
    const { render } = detail
    detail.render = async (stream) => {
      await render(stream)
      page.rendered.push(`after ${stream.name}`)
    }
  })
  const [a, b] = ["a", "b"].map((name) => page.arrives(name))
  await Promise.all([b(), a()])
  assert.deepEqual(page.rendered, ["a", "after a", "b", "after b"])
})

test("whether an append is repeated is asked in the order of arrival too", async () => {
  guardAppends(page.document)
  const list = { children: [] }
  const template = { content: { childNodes: [{ nodeType: 1, id: "x" }] } }
  const append = { action: "append", templateElement: template, targetElements: [list] }
  const render = ({ number }) => list.children.push({ id: "x", number })
  const [, second] = [1, 2].map((number) => page.arrives({ ...append, number }, render))
  await second()
  assert.deepEqual(list.children, [{ id: "x", number: 1 }])
})

test("work that was taken is not done again, nor work that was dropped", async () => {
  const queue = new ArrivalQueue()
  const work = mock.fn()
  const [taken, dropped, last] = [queue.add(work), queue.add(work), queue.add(work)]
  queue.drop(dropped)
  await queue.take(last)
  await queue.take(taken)
  assert.equal(work.mock.callCount(), 2)
})
