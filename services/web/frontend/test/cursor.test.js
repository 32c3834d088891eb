import assert from "node:assert/strict"
import { test } from "node:test"
import { cursorOf, isRefresh, parseCursor, Position } from "../src/elements/stream_source/cursor.js"

const UPDATE = 'action="update" target="a"'
const REFRESH = 'action="refresh" method="morph" scroll="preserve"'
const frame = (cursor, rest = UPDATE) => `<turbo-stream data-cursor="${cursor}" ${rest}></turbo-stream>`
const admitted = (position, ...cursors) => cursors.filter((cursor) => position.admits(frame(cursor)))

test("a cursor is an epoch of eight hex digits and a decimal sequence", () => {
  assert.deepEqual(parseCursor("0a1b2c3d.42"), { epoch: "0a1b2c3d", sequence: 42n })
  const none = [null, "", "none", "42", "0a1b2c3d.", "0A1B2C3D.1", "0a1b2c3d.-1", "0a1b2c3d.1 "]
  for (const text of [...none, `0a1b2c3d.${"9".repeat(21)}`]) assert.equal(parseCursor(text), null)
})

test("the place advances with what arrives", () => {
  const position = new Position("00000001.7")
  assert.equal(position.since, "00000001.7")
  position.admits(frame("00000001.12"))
  assert.equal(position.since, "00000001.12")
})

test("what stands at the present place or before it has been had", () => {
  const position = new Position("00000001.7")
  const arriving = [6, 7, 9, 8, 10].map((number) => `00000001.${number}`)
  assert.deepEqual(admitted(position, ...arriving), ["00000001.9", "00000001.10"])
})

test("sequences are compared as numbers of any size", () => {
  const [before, here, after] = [2, 3, 4].map((digit) => `00000001.900719925474099${digit}`)
  assert.deepEqual(admitted(new Position(here), before, after), [after])
})

test("a new epoch takes the place of the old one", () => {
  const position = new Position("ffffffff.100")
  assert.deepEqual(admitted(position, "00000001.3", "00000001.3", "00000001.4"), ["00000001.3", "00000001.4"])
})

test("a frame without a cursor is let through and moves nothing", () => {
  const position = new Position("00000001.7")
  assert.equal(position.admits('<turbo-stream action="update" target="a"></turbo-stream>'), true)
  assert.equal(position.since, "00000001.7")
})

test("a cursor counts only as the first attribute of the first element", () => {
  const position = new Position("00000001.7")
  assert.equal(position.admits('<turbo-stream action="update" data-cursor="00000001.9"></turbo-stream>'), true)
  assert.equal(position.admits(`<turbo-stream action="update"></turbo-stream>${frame("00000001.9")}`), true)
  assert.equal(position.since, "00000001.7")
})

test("an order to refresh that answers a connection is obeyed wherever it stands", () => {
  for (const cursor of ["00000001.3", "00000001.9", "ffffffff.1"]) {
    const position = new Position("00000001.7")
    assert.equal(position.admits(frame(cursor, REFRESH), "00000001.7"), true)
    assert.equal(position.since, cursor)
  }
})

test("an order to refresh that answers nothing takes no page back", () => {
  const position = new Position("00000001.7")
  for (const cursor of ["00000001.3", "00000001.7"]) assert.equal(position.admits(frame(cursor, REFRESH)), false)
  assert.equal(position.since, "00000001.7")
  assert.equal(position.admits(frame("ffffffff.1", REFRESH)), true)
  assert.equal(position.since, "ffffffff.1")
})

test("an order to refresh that was had meanwhile over another connection takes no page back", () => {
  const position = new Position("00000001.12")
  assert.equal(position.admits(frame("00000001.11", REFRESH), "00000001.7"), false)
  assert.equal(position.since, "00000001.12")
})

test("there is no way back to a place that was refused, nor to one before it", () => {
  const position = new Position("00000001.7")
  position.admits(frame("00000001.20", REFRESH), "00000001.7")
  for (const since of ["00000001.7", "00000001.6"]) assert.equal(position.rewind(since), false)
  assert.equal(position.since, "00000001.20")
  assert.equal(position.rewind("00000001.8"), true)
})

test("there is no way back into an epoch that was refused, until the stream is in it", () => {
  const position = new Position("00000001.7")
  position.admits(frame("ffffffff.20", REFRESH), "00000001.7")
  for (const since of ["00000001.7", "00000001.8"]) assert.equal(position.rewind(since), false)
  assert.equal(position.rewind("ffffffff.19"), true)
  position.admits(frame("00000001.30"))
  assert.equal(position.rewind("00000001.7"), false)
  assert.equal(position.rewind("00000001.8"), true)
})

test("a place that the stream was put back from says nothing about those before", () => {
  const position = new Position("00000001.70")
  position.admits(frame("00000001.20", REFRESH), "00000001.70")
  assert.equal(position.rewind("00000001.70"), false)
  assert.equal(position.rewind("00000001.19"), true)
})

test("an order to refresh in the middle of a connection refuses nothing", () => {
  const position = new Position("00000001.7")
  position.admits(frame("00000001.20", REFRESH))
  assert.equal(position.rewind("00000001.7"), true)
})

test("the first sign of life gives a place to a page without one, and only to that", () => {
  for (const since of [null, ""]) {
    const position = new Position(since)
    position.advance("none")
    assert.equal(position.since, since)
    position.advance("00000001.7")
    assert.equal(position.since, "00000001.7")
  }
  const position = new Position("none")
  position.advance("00000001.7")
  assert.equal(position.since, "none")
})

test("a frame's cursor and order to refresh are what its first tag begins with", () => {
  assert.equal(cursorOf(frame("00000001.7")), "00000001.7")
  assert.equal(cursorOf(`<turbo-stream action="update">${frame("00000001.7")}`), null)
  assert.equal(isRefresh(frame("00000001.7", REFRESH)), true)
  assert.equal(isRefresh(frame("00000001.7")), false)
  assert.equal(isRefresh(`<turbo-stream ${REFRESH}></turbo-stream>`), false)
})

test("a refresh that somebody published is had once, as everything else", () => {
  const position = new Position("00000001.7")
  assert.equal(position.admits(frame("00000001.3", 'action="refresh"')), false)
})

test("a page that was rendered at an earlier place goes back to it", () => {
  const position = new Position("00000001.7")
  position.admits(frame("00000001.12"))
  assert.equal(position.rewind("00000001.9"), true)
  assert.deepEqual(admitted(position, "00000001.9", "00000001.10"), ["00000001.10"])
})

test("there is no way back to the present place, a later one, or none", () => {
  const position = new Position("00000001.7")
  for (const since of ["00000001.7", "00000001.8", "none", "", null]) assert.equal(position.rewind(since), false)
  assert.equal(position.since, "00000001.7")
})

test("a page that was rendered in another epoch, or is the first to have a place, begins there", () => {
  for (const since of ["ffffffff.100", "none", null]) {
    const position = new Position(since)
    assert.equal(position.rewind("00000001.7"), true)
    assert.equal(position.since, "00000001.7")
  }
})

test("what was given is handed on as it is until something has come", () => {
  assert.equal(new Position("none").since, "none")
  assert.equal(new Position().since, null)
})

test("only the beginning of a frame is read", () => {
  const position = new Position("00000001.7")
  assert.equal(position.admits(`<turbo-stream ${" ".repeat(1_000_000)}data-cursor="00000001.1">`), true)
})
