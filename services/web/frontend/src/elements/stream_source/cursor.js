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

/** The cursor that the gateway has written into `frame`, as text; null where there is none. */
export function cursorOf(frame) {
  return FIRST_TAG.exec(frame)?.[1] ?? null
}

/** Whether `frame` begins with what the gateway sends where it can't go on: a publisher may write the same. */
export function isRefresh(frame) {
  return Boolean(FIRST_TAG.exec(frame)?.[2])
}

/** Advances with the frames that arrive and tells which of them the page has had already. */
export class Position {
  #text
  #cursor
  // Per epoch the last place that a gateway did not go on from.
  #refused = new Map()

  constructor(since = null) {
    this.#set(since)
  }

  /** What the gateway is asked to go on from: the last frame's cursor, or what was given; null without either. */
  get since() {
    return this.#text
  }

  /**
   * Whether `frame` is for the page; then this is its place. A frame without a cursor has no place and is always new.
   * `asked` is given with a connection's first frame: what it was opened with. An order to refresh is the gateway's
   * answer to that then: it can't go on from there, and says where it stands itself, even if that is further back.
   */
  admits(frame, asked = null) {
    const text = cursorOf(frame)
    const cursor = parseCursor(text)
    if (!cursor) return true
    const refused = isRefresh(frame) ? parseCursor(asked) : null
    if (isAtOrBefore(cursor, this.#cursor) && !isAtOrBefore(cursor, refused)) return false
    if (refused) this.#refuse(refused, cursor)
    this.#set(text)
    return true
  }

  /**
   * The gateway says that it has sent everything up to `text`: a page whose stream is silent keeps a fresh place, and
   * one that was given none gets its first.
   */
  advance(text) {
    const cursor = parseCursor(text)
    if (!cursor) return
    const isFirst = !this.#text
    const isFurther = cursor.epoch === this.#cursor?.epoch && !isAtOrBefore(cursor, this.#cursor)
    if (isFirst || isFurther) this.#set(text)
  }

  /**
   * Goes back to `since`, where the page has been rendered again; false when that is no way back. A place further on
   * is none: what comes until then has been rendered already, and is rendered once more. Nor is one that was refused:
   * the page would be loaded again for ever.
   */
  rewind(since) {
    const cursor = parseCursor(since)
    if (!cursor || isAtOrBefore(this.#cursor, cursor) || this.#isRefused(cursor)) return false
    this.#set(since)
    return true
  }

  // A gateway that stands before `refused` itself does not know it: that says nothing about the places before both.
  #refuse(refused, { epoch, sequence }) {
    if (refused.epoch !== epoch || refused.sequence <= sequence) this.#refused.set(refused.epoch, refused.sequence)
  }

  // While the stream is in another epoch, no place of a refused one is any better.
  #isRefused({ epoch, sequence }) {
    const last = this.#refused.get(epoch)
    return last !== undefined && (sequence <= last || epoch !== this.#cursor?.epoch)
  }

  #set(text) {
    this.#text = text
    this.#cursor = parseCursor(text)
  }
}
