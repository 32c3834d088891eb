// The page's place in its stream.

const CURSOR = /^([0-9a-f]{8})\.([0-9]{1,20})$/
// The gateway writes it as the first attribute of the first element, so that no more than that is ever read.
const FIRST_TAG = /^<turbo-stream data-cursor="([^"]{10,29})"( action="refresh" method="morph" scroll="preserve")?/

/** The cursor in `text` as `{ epoch, sequence }`, or null where there is none. */
export function parseCursor(text) {
  const [, epoch, sequence] = CURSOR.exec(text ?? "") ?? []
  return epoch ? { epoch, sequence: BigInt(sequence) } : null
}

/** Whether `cursor` stands at `other` or before it in the same epoch. */
export function isAtOrBefore(cursor, other) {
  return Boolean(cursor && other) && cursor.epoch === other.epoch && cursor.sequence <= other.sequence
}

/** Advances with the frames that arrive and tells which of them the page has had already. */
export class Position {
  #text
  #cursor

  constructor(since = null) {
    this.#set(since)
  }

  /** What the gateway is asked to go on from: the last frame's cursor, or what was given; null without either. */
  get since() {
    return this.#text
  }

  /**
   * Whether `frame` is for the page; then this is its place. A frame without a cursor has no place and is always new.
   * So is the gateway's own order to refresh: it can't go on from here, and says where it stands itself.
   */
  admits(frame) {
    const [, text, refresh] = FIRST_TAG.exec(frame) ?? []
    const cursor = parseCursor(text)
    if (!cursor) return true
    if (!refresh && isAtOrBefore(cursor, this.#cursor)) return false
    this.#set(text)
    return true
  }

  /** The gateway says that it has sent everything up to `text`: a page whose stream is silent keeps a fresh place. */
  advance(text) {
    const cursor = parseCursor(text)
    if (cursor?.epoch === this.#cursor?.epoch && !isAtOrBefore(cursor, this.#cursor)) this.#set(text)
  }

  /**
   * Goes back to `since`, where the page has been rendered again; false when that is no way back. A place further on
   * is none: what comes until then has been rendered already, and is rendered once more.
   */
  rewind(since) {
    const cursor = parseCursor(since)
    if (!cursor || isAtOrBefore(this.#cursor, cursor)) return false
    this.#set(since)
    return true
  }

  #set(text) {
    this.#text = text
    this.#cursor = parseCursor(text)
  }
}
