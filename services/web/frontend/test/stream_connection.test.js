import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"
import { Backoff } from "../src/elements/stream_source/backoff.js"
import { StreamConnection } from "../src/elements/stream_source/stream_connection.js"

const frame = (number) => `<turbo-stream data-cursor="0a1b2c3d.${number}" action="update">${number}</turbo-stream>`
const refresh = (cursor) =>
  `<turbo-stream data-cursor="${cursor}" action="refresh" method="morph" scroll="preserve"></turbo-stream>`
const place = (number) => `0a1b2c3d.${number}`

// A page on its stream, with hand-made connections in the order in which they were opened.
async function page({ sse = null, tokenUrl = "/token/", random = 1, get = fetched(), ...options } = {}) {
  const links = []
  const seen = { frames: [], states: [] }
  const transport = (way) => (what, listener) => {
    const link = { way, ...what, ...listener, isClosed: false }
    links.push(link)
    return () => {
      link.isClosed = true
    }
  }
  const connection = new StreamConnection(
    { src: "wss://rt.test/ws/", sse, token: "page", tokenUrl, since: "0a1b2c3d.10", ...options },
    {
      received: (text) => seen.frames.push(text),
      connected: (way) => seen.states.push(way),
      disconnected: ({ code }) => seen.states.push(`disconnected ${code}`),
      ended: ({ code }) => seen.states.push(`ended ${code}`),
    },
    {
      backoff: new Backoff(() => random),
      transports: { websocket: transport("websocket"), sse: transport("sse") },
      get,
    },
  )
  connection.start()
  await settled()
  return { connection, links, get, ...seen }
}

function fetched(...statuses) {
  let number = 0
  return mock.fn(async () => {
    const [status, headers] = [statuses.shift() ?? 200].flat()
    number += 1
    return Response.json({ token: `fresh ${number}` }, { status, headers })
  })
}

const settled = () => new Promise(setImmediate)

async function pass(milliseconds) {
  mock.timers.tick(milliseconds)
  await settled()
}

// In steps, so that the clock is right whenever a timer ends.
async function live(seconds, each = () => {}) {
  for (let second = 0; second < seconds; second += 1) {
    each(second)
    await pass(1_000)
  }
}

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["setTimeout", "Date"] })
})

test("the first connection has the page's token and place", async () => {
  const { links, states, frames } = await page()
  assert.deepEqual([links[0].url, links[0].token, links[0].since], ["wss://rt.test/ws/", "page", "0a1b2c3d.10"])
  links[0].opened()
  links[0].heard(frame(11))
  assert.deepEqual(states, ["websocket"])
  assert.deepEqual(frames, [frame(11)])
})

test("a lost connection comes back with a fresh token, where it was", async () => {
  const { links, states, frames, get } = await page()
  links[0].opened()
  links[0].heard(frame(11))
  links[0].heard(frame(14))
  links[0].closed(1006, "")
  await pass(499)
  assert.equal(links.length, 1)
  await pass(1)
  assert.deepEqual([links[1].token, links[1].since], ["fresh 1", "0a1b2c3d.14"])
  links[1].opened()
  links[1].heard(frame(14))
  links[1].heard(frame(15))
  assert.deepEqual(frames, [frame(11), frame(14), frame(15)])
  assert.deepEqual(states, ["websocket", "disconnected 1006", "websocket"])
  assert.equal(get.mock.callCount(), 1)
})

test("empty text is nothing", async () => {
  const { links, frames } = await page()
  links[0].opened()
  links[0].heard("")
  assert.deepEqual(frames, [])
})

test("a page whose stream is silent comes back with the place of the last beat", async () => {
  const { links, frames } = await page()
  links[0].opened()
  links[0].beat(place(25))
  links[0].closed(4011, "")
  await pass(15_000)
  assert.equal(links[1].since, place(25))
  links[1].opened()
  for (const number of [25, 26]) links[1].heard(frame(number))
  assert.deepEqual(frames, [frame(26)])
})

test("a beat takes no page back, nor into another epoch", async () => {
  const { links } = await page()
  links[0].opened()
  for (const position of [place(9), "ffffffff.99", "", "none", undefined]) links[0].beat(position)
  links[0].closed(4011, "")
  await pass(15_000)
  assert.equal(links[1].since, place(10))
})

test("a page without a place comes back with that of the first beat", async () => {
  const { links } = await page({ since: null })
  assert.equal(links[0].since, null)
  links[0].opened()
  links[0].beat(place(25))
  links[0].closed(4011, "")
  await pass(15_000)
  assert.equal(links[1].since, place(25))
})

test("attempts that fail are made later each time, up to 15 seconds", async () => {
  const { links } = await page()
  for (const delay of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
    links.at(-1).closed(1006, "")
    await pass(delay - 1)
    const count = links.length
    await pass(1)
    assert.equal(links.length, count + 1)
  }
})

test("only a connection that has stood for two seconds begins again with the first delay", async () => {
  const { links } = await page()
  links[0].opened()
  links[0].closed(1006, "")
  await pass(500)
  links[1].opened()
  await pass(1_999)
  links[1].closed(1006, "")
  await pass(999)
  assert.equal(links.length, 2)
  await pass(1)
  links[2].opened()
  await pass(5_000)
  links[2].closed(1006, "")
  await pass(500)
  assert.equal(links.length, 4)
})

test("a gateway that drains is obeyed, one that rotates is come back to at once", async () => {
  const { links } = await page({ random: 0 })
  links[0].opened()
  await pass(5_000)
  links[0].closed(4000, "retry=3000")
  await pass(2_999)
  assert.equal(links.length, 1)
  await pass(1)
  links[1].opened()
  await pass(5_000)
  links[1].closed(4011, "")
  await pass(0)
  assert.equal(links.length, 3)
})

test("a final code is not argued with", async () => {
  const { connection, links, states } = await page()
  links[0].opened()
  links[0].closed(4503, "revoked")
  await pass(600_000)
  connection.start()
  connection.wake()
  connection.online()
  await settled()
  assert.equal(links.length, 1)
  assert.deepEqual(states, ["websocket", "ended 4503"])
})

test("a page that gets no token any more has ended", async () => {
  const refused = { "natter-refusal": "final" }
  for (const answer of [401, [403, refused], [404, refused]]) {
    const { links, states } = await page({ get: fetched(answer) })
    links[0].opened()
    links[0].closed(1006, "")
    await pass(600_000)
    assert.deepEqual(states, ["websocket", "disconnected 1006", "ended 4507"])
    assert.equal(links.length, 1)
  }
})

test("a page that has ended and was rendered again with a new token begins again", async () => {
  const { connection, links, states } = await page()
  links[0].closed(4503, "")
  connection.renew("again")
  await settled()
  assert.equal(links[1].token, "again")
  links[1].opened()
  assert.deepEqual(states, ["ended 4503", "websocket"])
})

test("a token that is late for whatever other reason is waited for", async () => {
  const { links, states } = await page({ get: fetched(503, 404, 403) })
  links[0].opened()
  links[0].closed(1006, "")
  for (const delay of [500, 1_000, 2_000]) await pass(delay)
  assert.equal(links.length, 1)
  await pass(4_000)
  assert.equal(links[1].token, "fresh 4")
  assert.deepEqual(states, ["websocket", "disconnected 1006"])
})

test("a token that never comes is given up", async () => {
  const signals = []
  const hangs = (url, { signal }) => new Promise((_, reject) => {
    signals.push(signal)
    signal.addEventListener("abort", () => reject(signal.reason))
  })
  const { links } = await page({ get: hangs })
  links[0].closed(1006, "")
  await pass(500)
  await pass(15_000)
  assert.equal(signals[0].aborted, true)
  await pass(1_000)
  assert.equal(signals.length, 2)
})

test("a connection that does not open is given up", async () => {
  const { links } = await page()
  await pass(15_000)
  assert.equal(links[0].isClosed, true)
  await pass(500)
  assert.equal(links.length, 2)
})

test("a connection that beats lives, one that falls silent is given up", async () => {
  const { links, states } = await page()
  links[0].opened()
  await live(300, (second) => second % 20 || links[0].beat(place(10)))
  assert.equal(links.length, 1)
  await live(24)
  assert.equal(links[0].isClosed, false)
  await live(2)
  assert.equal(links[0].isClosed, true)
  assert.deepEqual(states, ["websocket", "disconnected 1006"])
})

test("a page that is seen again does not wait for its next attempt", async () => {
  const { connection, links } = await page()
  for (const delay of [500, 1_000, 2_000]) {
    links.at(-1).closed(1006, "")
    await pass(delay)
  }
  links.at(-1).closed(1006, "")
  connection.wake()
  await settled()
  assert.equal(links.length, 5)
})

test("a page that wakes after a long silence gives its connection up, after a short one it does not", async () => {
  const { connection, links } = await page()
  links[0].opened()
  await pass(24_000)
  connection.wake()
  await pass(1_000)
  assert.equal(links[0].isClosed, false)
  connection.wake()
  await pass(1_000)
  assert.equal(links[0].isClosed, true)
})

test("a connection from before the network went away is not trusted after it", async () => {
  const { connection, links, states } = await page()
  links[0].opened()
  connection.online()
  await pass(300)
  assert.equal(links[0].isClosed, false)
  connection.offline()
  connection.online()
  assert.equal(links[0].isClosed, true)
  await pass(300)
  assert.equal(links.length, 2)
  assert.deepEqual(states, ["websocket", "disconnected 1006"])
})

test("a page that is rendered again at an earlier place goes back there, with the token it brought", async () => {
  const { connection, links, frames, get } = await page()
  links[0].opened()
  for (const number of [11, 12, 13]) links[0].heard(frame(number))
  connection.renew("again")
  connection.rewind("0a1b2c3d.11")
  assert.equal(links[0].isClosed, true)
  await pass(300)
  assert.deepEqual([links[1].token, links[1].since], ["again", "0a1b2c3d.11"])
  links[1].opened()
  for (const number of [12, 13, 14]) links[1].heard(frame(number))
  assert.deepEqual(frames, [11, 12, 13, 12, 13, 14].map((number) => frame(number)))
  assert.equal(get.mock.callCount(), 0)
})

test("a page that is rendered again where it stands, or further on, stays on its connection", async () => {
  const { connection, links } = await page()
  links[0].opened()
  links[0].heard(frame(11))
  for (const since of ["0a1b2c3d.11", "0a1b2c3d.20", "none"]) connection.rewind(since)
  await pass(10_000)
  assert.equal(links.length, 1)
  assert.equal(links[0].isClosed, false)
})

test("a page that is rendered again where the gateway can't go on from does not ask for that again", async () => {
  for (const answer of [place(40), "ffffffff.4"]) {
    const { connection, links, frames } = await page()
    links[0].opened()
    links[0].heard(refresh(answer))
    for (const number of [10, 9]) connection.rewind(place(number))
    await pass(60_000)
    assert.equal(links.length, 1)
    links[0].closed(4011, "")
    await pass(15_000)
    assert.equal(links[1].since, answer)
    assert.deepEqual(frames, [refresh(answer)])
  }
})

test("a page whose stream was put back goes on from where the gateway says", async () => {
  const { links, frames } = await page()
  links[0].opened()
  for (const text of [refresh(place(5)), frame(6)]) links[0].heard(text)
  assert.deepEqual(frames, [refresh(place(5)), frame(6)])
})

test("an order to refresh from before the present place has the gateway asked again, once", async () => {
  const { links, frames } = await page()
  links[0].opened()
  for (const text of [frame(11), refresh(place(8)), frame(9)]) links[0].heard(text)
  assert.deepEqual(frames, [frame(11)])
  assert.equal(links[0].isClosed, true)
  await pass(300)
  assert.equal(links[1].since, place(11))
  links[1].opened()
  for (const text of [refresh(place(8)), frame(9)]) links[1].heard(text)
  await pass(10_000)
  assert.equal(links.length, 2)
  assert.deepEqual(frames, [frame(11), refresh(place(8)), frame(9)])
})

test("a connection that has beaten answers no more", async () => {
  const { links, frames } = await page()
  links[0].opened()
  links[0].beat(place(10))
  links[0].heard(refresh(place(8)))
  await pass(300)
  assert.equal(links[1].since, place(10))
  assert.deepEqual(frames, [])
})

test("a page that is sent back again and again goes slower each time", async () => {
  const { connection, links } = await page()
  links[0].opened()
  for (const [number, delay] of [[11, 300], [11, 1_000], [11, 2_000]]) {
    links.at(-1).heard(frame(number))
    connection.rewind("0a1b2c3d.10")
    await pass(delay - 1)
    const count = links.length
    await pass(1)
    assert.equal(links.length, count + 1)
    links.at(-1).opened()
  }
})

test("nothing happens after a stop, and a start goes on where it was", async () => {
  const { connection, links, frames } = await page()
  links[0].opened()
  links[0].heard(frame(11))
  connection.stop()
  links[0].heard(frame(12))
  await pass(600_000)
  assert.equal(links.length, 1)
  connection.start()
  await settled()
  assert.deepEqual([links[1].token, links[1].since], ["fresh 1", "0a1b2c3d.11"])
  assert.deepEqual(frames, [frame(11)])
})

test("a stop while the token is awaited opens nothing", async () => {
  const { connection, links } = await page()
  links[0].closed(1006, "")
  mock.timers.tick(500)
  connection.stop()
  await settled()
  assert.equal(links.length, 1)
})

test("asking to start twice opens one connection", async () => {
  const { connection, links } = await page()
  connection.start()
  await settled()
  assert.equal(links.length, 1)
})

test("an address that no browser accepts is an attempt that failed", async () => {
  const failing = () => {
    throw new SyntaxError("bad address")
  }
  const states = []
  const tell = (what) => () => states.push(what)
  const listener = { connected: tell("connected"), disconnected: tell("disconnected"), ended: tell("ended") }
  const connection = new StreamConnection({ src: "::" }, listener, { transports: { websocket: failing } })
  connection.start()
  await settled()
  connection.stop()
  assert.deepEqual(states, [])
})

const SSE = { sse: "https://rt.test/sse/" }

async function onServerSentEvents() {
  const it = await page(SSE)
  for (const delay of [500, 1_000]) {
    it.links.at(-1).closed(1006, "")
    await pass(delay)
  }
  it.links.at(-1).opened()
  return it
}

test("two WebSockets that do not open give way to Server-Sent Events", async () => {
  const { links, states, frames } = await onServerSentEvents()
  assert.deepEqual(links.map(({ way }) => way), ["websocket", "websocket", "sse"])
  assert.deepEqual([links[2].url, links[2].token, links[2].since], ["https://rt.test/sse/", "fresh 2", "0a1b2c3d.10"])
  links[2].beat(place(10))
  links[2].heard(frame(11))
  assert.deepEqual(states, ["sse"])
  assert.deepEqual(frames, [frame(11)])
})

test("a token that is not to be had says nothing about WebSockets", async () => {
  const { links } = await page({ ...SSE, get: fetched(503, 503, 503) })
  links[0].closed(1006, "")
  for (const delay of [500, 1_000, 2_000, 4_000]) await pass(delay)
  assert.deepEqual(links.map(({ way }) => way), ["websocket", "websocket"])
})

test("a WebSocket that opens beside Server-Sent Events takes over without a gap or a double", async () => {
  const { links, states, frames } = await onServerSentEvents()
  await live(29, () => links[2].beat(place(10)))
  assert.equal(links.length, 3)
  await live(1)
  assert.equal(links[3].way, "websocket")
  links[2].heard(frame(11))
  links[3].opened()
  assert.equal(links[2].isClosed, true)
  for (const number of [11, 12]) links[3].heard(frame(number))
  assert.deepEqual(frames, [frame(11), frame(12)])
  assert.deepEqual(states, ["sse", "websocket"])
})

test("a WebSocket that does not open beside Server-Sent Events disturbs nothing and is tried again later", async () => {
  const { links, states } = await onServerSentEvents()
  await live(30, () => links[2].beat(place(10)))
  links[3].closed(1006, "")
  await live(59, () => links[2].beat(place(10)))
  assert.equal(links.length, 4)
  await live(1, () => links[2].beat(place(10)))
  assert.equal(links.length, 5)
  assert.equal(links[2].isClosed, false)
  assert.deepEqual(states, ["sse"])
})

test("Server-Sent Events that end come back with a fresh token, and without the attempt beside them", async () => {
  const { links } = await onServerSentEvents()
  await live(30, () => links[2].beat(place(10)))
  links[2].closed(1006, "")
  assert.equal(links[3].isClosed, true)
  await pass(500)
  assert.deepEqual([links[4].way, links[4].token], ["sse", "fresh 4"])
})

test("a WebSocket is found again although no Server-Sent Events last for long", async () => {
  const { links, states } = await onServerSentEvents()
  const begun = new Map([[links[2], Date.now()]])
  let isBlocked = true
  const end = (link) => {
    link.isClosed = true
    link.closed(1006, "")
  }
  const network = () => {
    for (const link of links.slice(2).filter(({ isClosed }) => !isClosed)) {
      const isNew = !begun.has(link)
      if (isNew) begun.set(link, Date.now())
      if (link.way === "websocket" && isBlocked) end(link)
      else if (link.way === "sse" && Date.now() - begun.get(link) >= 720_000) end(link)
      else if (isNew) link.opened()
      else link.beat(place(10))
    }
  }
  await live(3_600, network)
  assert.deepEqual(new Set(states), new Set(["sse", "disconnected 1006"]))
  isBlocked = false
  await live(1_800, network)
  assert.equal(states.at(-1), "websocket")
})
