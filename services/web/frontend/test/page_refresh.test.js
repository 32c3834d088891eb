import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { Backoff } from "../src/elements/stream_source/backoff.js"
import { PageRefresh } from "../src/models/page_refresh.js"

const URL = "https://web.test/chat/1/message/list/"
const ok = (html) => new Response(html)
const status = (status) => new Response("", { status })
const refusal = (status) => new Response("", { status, headers: { "natter-refusal": "final" } })
const redirected = () => Object.defineProperty(ok("<h1>Sign in</h1>"), "redirected", { value: true })

function page(...answers) {
  const requests = []
  const get = (url, { signal }) => {
    const answer = answers.shift()
    requests.push(signal)
    const aborted = () => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
    if (answer === "hangs") return aborted()
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
  const rendered = []
  const leave = mock.fn()
  const it = new PageRefresh({ render: (url, html) => rendered.push(html), leave, get, backoff: new Backoff(() => 1) })
  return { it, requests, rendered, left: () => leave.mock.callCount() }
}

const settled = () => new Promise(setImmediate)

async function pass(milliseconds) {
  await settled()
  mock.timers.tick(milliseconds)
  await settled()
}

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["setTimeout"] })
})

test("it renders what the server answers", async () => {
  const { it, rendered, requests } = page(ok("<p>1</p>"))
  it.refresh(URL)
  await pass(60_000)
  assert.deepEqual(rendered, ["<p>1</p>"])
  assert.equal(requests.length, 1)
})

test("a page that could not be shown does not keep the next one from being", async () => {
  const rendered = []
  const render = (_, html) => {
    if (html === "bad") throw new Error("not to be shown")
    rendered.push(html)
  }
  const answers = [ok("bad"), ok("good")]
  const it = new PageRefresh({ render, leave: mock.fn(), get: () => Promise.resolve(answers.shift()) })
  await assert.rejects(it.refresh(URL), /not to be shown/)
  it.refresh(URL)
  await settled()
  assert.deepEqual(rendered, ["good"])
})

test("a server that is away for a moment costs the page nothing", async () => {
  // A proxy may say 403 or 404 for it.
  const failures = [status(503), new TypeError("Failed to fetch"), status(404), status(403)]
  const { it, rendered, requests, left } = page(...failures, ok("<p>1</p>"))
  it.refresh(URL)
  for (const [delay, count] of [[499, 1], [1, 2], [999, 2], [1, 3], [2_000, 4], [4_000, 5]]) {
    await pass(delay)
    assert.equal(requests.length, count)
  }
  assert.deepEqual(rendered, ["<p>1</p>"])
  assert.equal(left(), 0)
})

test("an answer that never comes is given up", async () => {
  const { it, rendered } = page("hangs", ok("<p>1</p>"))
  it.refresh(URL)
  await pass(15_000)
  await pass(500)
  assert.deepEqual(rendered, ["<p>1</p>"])
})

test("a page that is to be had no more is left", async () => {
  for (const answer of [status(401), refusal(404), redirected()]) {
    const { it, rendered, left } = page(answer)
    it.refresh(URL)
    await pass(60_000)
    assert.equal(left(), 1)
    assert.deepEqual(rendered, [])
  }
})

test("whoever asks meanwhile is answered with one more page, after a pause", async () => {
  const { it, rendered, requests } = page(ok("<p>1</p>"), ok("<p>2</p>"))
  for (let times = 0; times < 10; times += 1) it.refresh(URL)
  await pass(499)
  assert.equal(requests.length, 1)
  await pass(1)
  await pass(60_000)
  assert.deepEqual(rendered, ["<p>1</p>", "<p>2</p>"])
})

test("an order that is read again is obeyed once", async () => {
  const { it, rendered } = page(ok("<p>1</p>"), ok("<p>2</p>"), ok("<p>3</p>"))
  for (const place of ["0a1b2c3d.7", "0a1b2c3d.7", "0a1b2c3d.5", "0a1b2c3d.8", "0000ffff.1"]) {
    it.refresh(URL, place)
    await pass(500)
  }
  assert.deepEqual(rendered, ["<p>1</p>", "<p>2</p>", "<p>3</p>"])
})

test("an order without a place is obeyed every time", async () => {
  const { it, rendered } = page(ok("<p>1</p>"), ok("<p>2</p>"))
  for (let times = 0; times < 2; times += 1) {
    it.refresh(URL)
    await pass(500)
  }
  assert.equal(rendered.length, 2)
})

test("what was published before the order is past, and nothing else", () => {
  const { it } = page(ok("<p>1</p>"))
  assert.equal(it.isPast("0a1b2c3d.7"), false)
  it.refresh(URL, "0a1b2c3d.7")
  const places = ["0a1b2c3d.6", "0a1b2c3d.7", "0a1b2c3d.8", "0000ffff.1", null, undefined]
  assert.deepEqual(places.map((place) => it.isPast(place)), [true, true, false, false, false, false])
})

test("it asks for the page as it is shown when it asks", async () => {
  const asked = []
  let shown = 0
  const it = new PageRefresh({
    render: () => {},
    leave: () => {},
    addressOf: (url) => `${url}?from=${(shown += 1)}`,
    get: (url) => {
      asked.push(url)
      return Promise.resolve(asked.length > 1 ? ok("") : status(503))
    },
    backoff: new Backoff(() => 1),
  })
  it.refresh(URL)
  await pass(500)
  await pass(60_000)
  assert.deepEqual(asked, [`${URL}?from=1`, `${URL}?from=2`])
})

test("a form that is sent meanwhile is not broken off: the page is read anew afterwards", async () => {
  const rendered = []
  const submissions = { areOpen: false, ended: () => submissions.over }
  const answers = [ok("before"), ok("after")]
  const get = () => {
    if (answers.length === 2) submissions.areOpen = true
    return Promise.resolve(answers.shift())
  }
  const { promise, resolve } = Promise.withResolvers()
  const it = new PageRefresh({
    render: (_, html) => rendered.push(html), leave: mock.fn(), get, submissions, backoff: new Backoff(() => 1),
  })
  it.refresh(URL)
  await settled()
  submissions.over = promise
  await pass(60_000)
  assert.deepEqual(rendered, [])
  submissions.areOpen = false
  resolve()
  await pass(60_000)
  assert.deepEqual(rendered, ["after"])
})
