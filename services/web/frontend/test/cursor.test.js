import assert from "node:assert/strict"
import { test } from "node:test"
import { parseCursor, Position } from "../src/elements/stream_source/cursor.js"

const UPDATE = 'action="update" target="a"'
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

test("an order to refresh is obeyed wherever it stands", () => {
  const position = new Position("00000001.7")
  assert.equal(position.admits(frame("00000001.3", 'action="refresh" method="morph" scroll="preserve"')), true)
  assert.equal(position.since, "00000001.3")
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
