import assert from "node:assert/strict"
import { test } from "node:test"
import { isSignedOut, signInAddress } from "../src/models/signed_out.js"

const at = (address) => new URL(address, "https://web.test")
const answer = (status, headers = {}) => new Response("", { status, headers })
const led = (address) => Object.defineProperties(answer(200), { redirected: { value: true }, url: { value: at(address).href } })

test("the sign-in page leads on to the page that it was left for", () => {
  const place = at("/chat/7/message/list/?around=8")
  assert.equal(signInAddress("/", place), "/sign-in/?next=%2Fchat%2F7%2Fmessage%2Flist%2F%3Faround%3D8")
  assert.equal(signInAddress("/natter/", at("/natter/chat/")), "/natter/sign-in/?next=%2Fchat%2F")
  assert.equal(signInAddress("/natter/", at("/elsewhere/")), "/natter/sign-in/?next=")
})

test("web says that somebody has to sign in, or leads there", () => {
  for (const [root, page] of [["/", "/sign-in/?next=%2Fchat%2F"], ["/natter/", "/natter/sign-in/"]]) {
    assert.ok(isSignedOut(answer(401, { "natter-refusal": "final" }), root))
    assert.ok(isSignedOut(led(page), root))
  }
})

test("a proxy's login, and any other refusal, are not web's", () => {
  for (const other of [answer(401), answer(403, { "natter-refusal": "final" }), answer(200), led("/login"), led("/chat/7/")]) {
    assert.ok(!isSignedOut(other, "/"))
  }
})
