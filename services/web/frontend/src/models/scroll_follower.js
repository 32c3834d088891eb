// Decides whether the transcript follows what is being written.

export const NEAR = 100

/**
 * Keeps `scroller` at its end while the reader is there. Any upward movement lets go; coming back within
 * NEAR pixels of the end takes hold again. `changed` is told whenever following starts or stops.
 *
 * It goes no further than `limit()`, and lets go there. What grows while `isSelecting()` lets go too: text that moves
 * under the pointer cannot be selected.
 */
export class ScrollFollower {
  #scroller
  #changed
  #limit
  #isSelecting
  #following = true
  #held = false
  #top = 0
  #lastEnd = 0

  constructor(scroller, changed = () => {}, { limit = () => Infinity, isSelecting = () => false } = {}) {
    this.#scroller = scroller
    this.#changed = changed
    this.#limit = limit
    this.#isSelecting = isSelecting
    this.#remember()
  }

  get following() {
    return this.#following
  }

  /** The scroller moved: by the reader, by this class, or pushed up because its content has shrunk. */
  scrolled() {
    const movedUp = this.#scroller.scrollTop < this.#top
    const movedDown = this.#scroller.scrollTop > this.#top
    const pushed = this.#end < this.#lastEnd
    this.#remember()
    if (movedUp && !pushed) this.#set(false)
    else if (this.#isNear && (movedDown || !this.#held)) this.#set(true)
  }

  /** The reader asks to go up: heard before the movement, so that no growth can win the race against it. */
  release() {
    if (this.#scroller.scrollTop > 0) this.#set(false)
  }

  /** The reader wants to see what is here, whatever grows below it, until they go down themselves. */
  hold() {
    this.stay()
    this.#held = true
  }

  /** What is in sight stays, and coming near the end takes hold again. */
  stay() {
    this.#remember()
    this.#set(false)
  }

  /** The scroller was moved to keep what is in sight in its place: the reader has not moved. */
  adjusted() {
    this.#remember()
  }

  /** The content or the visible area changed its size: what shrinks may bring the end to a reader who was away from it. */
  resized() {
    if (this.#following && !(this.#isSelecting() && this.#end > this.#lastEnd)) return this.#pin()
    if (this.#following) return this.stay()
    const shrunk = this.#end < this.#lastEnd
    this.#remember()
    if (shrunk && this.#isNear && !this.#held) this.#set(true)
  }

  /** Goes to the end and stays there. */
  follow() {
    this.#set(true)
    this.#pin()
  }

  get #isNear() {
    return this.#end - this.#top <= NEAR
  }

  get #end() {
    return this.#scroller.scrollHeight - this.#scroller.clientHeight
  }

  #pin() {
    const limit = this.#limit()
    this.#scroller.scrollTop = Math.min(this.#scroller.scrollHeight, limit)
    if (limit < this.#end) this.stay()
    else this.#remember()
  }

  #remember() {
    this.#top = this.#scroller.scrollTop
    this.#lastEnd = this.#end
  }

  #set(following) {
    if (following) this.#held = false
    if (following === this.#following) return
    this.#following = following
    this.#changed(following)
  }
}
