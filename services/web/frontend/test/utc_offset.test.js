import assert from "node:assert/strict"
import { test } from "node:test"
import { tellOffset } from "../src/models/utc_offset.js"

const clock = (minutesBehind) => ({ getTimezoneOffset: () => minutesBehind })

function page(cookie = "", root = "/natter/") {
  const written = []
  return {
    written,
    querySelector: () => ({ content: root }),
    get cookie() {
      return cookie
    },
    set cookie(text) {
      written.push(text)
    },
  }
}

test("the minutes that a clock is ahead of UTC are told below the application's path", () => {
  const document = page("other=1")
  assert.equal(tellOffset(document, clock(-120)), true)
  assert.deepEqual(document.written, ["utc-offset=120; path=/natter/; max-age=31536000; samesite=lax"])
})

test("what the server knows is not told again", () => {
  const document = page("other=1; utc-offset=-300")
  assert.equal(tellOffset(document, clock(300)), false)
  assert.deepEqual(document.written, [])
})

test("UTC is no negative number", () => {
  const document = page()
  tellOffset(document, clock(0))
  assert.match(document.written[0], /^utc-offset=0;/)
})
