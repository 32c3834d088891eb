import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { SIGNED_OUT } from "../src/elements/stream_source/refusal.js"
import { NoTokenError, TokenSource } from "../src/elements/stream_source/token_source.js"

const signal = new AbortController().signal
const answer = (status, body = {}, headers = {}) => Response.json(body, { status, headers })
const refusal = (status) => answer(status, {}, { "natter-refusal": "final" })

function tokens(...answers) {
  const get = mock.fn(async () => answers.shift())
  return { get, source: new TokenSource({ token: "page", url: "/token/", get }) }
}

const codeOf = (answer) => tokensAfterTheFirst(answer).then(assert.fail, (error) => error.code)

async function tokensAfterTheFirst(...answers) {
  const { source } = tokens(...answers)
  await source.take(signal)
  return source.take(signal)
}

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["Date"] })
})

test("the first token is the page's, every other one is fetched", async () => {
  const { source, get } = tokens(answer(200, { token: "one" }), answer(200, { token: "two" }))
  for (const token of ["page", "one", "two"]) assert.equal(await source.take(signal), token)
  const [url, options] = get.mock.calls[0].arguments
  assert.equal(url, "/token/")
  assert.equal(options.signal, signal)
  assert.equal(options.cache, "no-store")
})

test("a page that was rendered again brings a token for the next connection", async () => {
  const { source, get } = tokens()
  await source.take(signal)
  source.give("again")
  assert.equal(await source.take(signal), "again")
  assert.equal(get.mock.callCount(), 0)
})

test("a token that has lain about is not used", async () => {
  const { source } = tokens(answer(200, { token: "fresh" }))
  mock.timers.tick(60_000)
  assert.equal(await source.take(signal), "fresh")
})

test("without an address the page's token is used every time", async () => {
  const source = new TokenSource({ token: "page" })
  assert.deepEqual([await source.take(signal), await source.take(signal)], ["page", "page"])
  assert.equal(await new TokenSource({}).take(signal), null)
})

test("the application's own refusal is for good, and so is it that somebody has to sign in", async () => {
  for (const final of [refusal(403), refusal(404), answer(401)]) assert.equal(await codeOf(final), 4507)
})

test("only the application itself says that the session has ended", async () => {
  for (const [given, reason] of [[refusal(401), SIGNED_OUT], [answer(401), "refused with 401"]]) {
    await assert.rejects(tokensAfterTheFirst(given), { code: 4507, message: reason })
  }
})

test("a redirection, as to a login, is for good", async () => {
  const redirected = (status) => Object.defineProperty(answer(status, { token: "no" }), "redirected", { value: true })
  for (const status of [200, 503]) {
    await assert.rejects(tokensAfterTheFirst(redirected(status)), (error) => error.code === 4507)
  }
})

test("any other failure is not: a proxy may have answered for an application that is away", async () => {
  for (const status of [400, 403, 404, 429, 500, 503]) assert.equal(await codeOf(answer(status)), 1006)
})

test("an answer without a token is a failure", async () => {
  for (const body of [{}, { token: "" }, { token: 1 }, []]) {
    await assert.rejects(tokensAfterTheFirst(answer(200, body)), NoTokenError)
  }
})
