// Keeps what is being read where it is while the page above it changes its height.

/**
 * Remembers the first message in sight and its place in the conversation. Browsers that do so themselves are told not to
 * in the style sheet (`overflow-anchor`): some cannot, and none can while a script moves elements.
 */
export class ReadingPlace {
  #scroller
  #list
  #message = null
  #offset = 0

  /** `list()` is the element whose children are the messages: a morph may put another one in its place. */
  constructor(scroller, list) {
    this.#scroller = scroller
    this.#list = list
  }

  take() {
    this.#message = messageToHold(this.#scroller, this.#list())
    this.#offset = this.#now
  }

  /** Scrolls as far as the message has moved; nothing happens if it is gone. */
  restore() {
    if (!this.#message?.isConnected) return
    const moved = this.#now - this.#offset
    if (moved) this.#scroller.scrollTop += moved
    this.#offset += moved
  }

  get #now() {
    if (!this.#message) return 0
    const { top } = this.#scroller.getBoundingClientRect()
    return this.#message.getBoundingClientRect().top - top + this.#scroller.scrollTop
  }
}

/** The messages among the children of `list`, oldest first. */
export function messagesIn(list) {
  return Array.from(list.children).filter((child) => child.matches(".message"))
}

/** The first message of `list` that is not above what `scroller` shows; null if there is none. */
export function messageInSight(scroller, list) {
  return firstBelow(messagesIn(list), scroller.getBoundingClientRect().top)
}

// Where a jump ends in a message that was never laid out, its height is a guess: what stands below it, and is read, would
// move as soon as it is.
function messageToHold(scroller, list) {
  const first = messageInSight(scroller, list)
  const next = first?.nextElementSibling
  return next?.matches(".message") && !isLaidOut(first) ? next : first
}

function isLaidOut({ firstElementChild }) {
  return firstElementChild?.checkVisibility({ contentVisibilityAuto: true }) ?? true
}

// They stand below each other, so half of them can be left out at a time.
function firstBelow(messages, edge) {
  let [first, last] = [0, messages.length]
  while (first < last) {
    const middle = (first + last) >> 1
    if (messages[middle].getBoundingClientRect().bottom > edge) last = middle
    else first = middle + 1
  }
  return messages[first] ?? null
}
