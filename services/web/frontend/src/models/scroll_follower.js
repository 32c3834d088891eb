// Decides whether the transcript follows what is being written.

export const NEAR = 100

/**
 * Keeps `scroller` at its end while the reader is there. Any upward movement lets go; coming back within
 * NEAR pixels of the end takes hold again. `changed` is told whenever following starts or stops.
 */
export class ScrollFollower {
  #scroller
  #changed
  #following = true
  #top = 0

  constructor(scroller, changed = () => {}) {
    this.#scroller = scroller
    this.#changed = changed
    this.#top = scroller.scrollTop
  }

  get following() {
    return this.#following
  }

  /** The reader, or this class, moved the scroller. */
  scrolled() {
    const movedUp = this.#scroller.scrollTop < this.#top - 1
    this.#top = this.#scroller.scrollTop
    if (this.#distance < 2) this.#set(true)
    else if (movedUp) this.#set(false)
    else if (this.#distance <= NEAR) this.#set(true)
  }

  /** The reader asks to go up: heard before the movement, so that no growth can win the race against it. */
  release() {
    if (this.#scroller.scrollTop > 0) this.#set(false)
  }

  /** The content or the visible area changed its size. */
  resized() {
    if (this.#following) this.#pin()
  }

  /** Goes to the end and stays there. */
  follow() {
    this.#set(true)
    this.#pin()
  }

  get #distance() {
    const { scrollHeight, clientHeight, scrollTop } = this.#scroller
    return scrollHeight - clientHeight - scrollTop
  }

  #pin() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight
    this.#top = this.#scroller.scrollTop
  }

  #set(following) {
    if (following === this.#following) return
    this.#following = following
    this.#changed(following)
  }
}
