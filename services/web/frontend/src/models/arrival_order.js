// Renders Turbo Streams in the order in which they arrived.

/**
 * Turbo renders a stream with the next frame while the tab is seen and after a timeout while it is hidden. Frames stop
 * with the tab: what had arrived before it was hidden would be overtaken by what arrives then. So whichever stream has
 * its turn first renders all that came before it too, and their turns find nothing left to do. Failures stop nothing.
 *
 * `root` is the window: other listeners wrap the rendering on their way there, and are part of what is put in order.
 */
export function keepArrivalOrder(root) {
  const queue = new ArrivalQueue()
  root.addEventListener("turbo:before-stream-render", (event) => {
    const { newStream, render } = event.detail
    const turn = queue.add(() => render(newStream))
    const take = () => queue.take(turn)
    event.detail.render = take
    // The listeners after this one have been asked by then. A stream that was cancelled or taken over is not ours.
    queueMicrotask(() => {
      if (event.defaultPrevented || event.detail.render !== take) queue.drop(turn)
    })
  })
}

export class ArrivalQueue {
  #waiting = []
  #last = Promise.resolve()

  /** Keeps a place for `work`; returns what `take` and `drop` know it by. */
  add(work) {
    const turn = { work, done: null }
    this.#waiting.push(turn)
    return turn
  }

  /** Does everything up to this turn; settles as its work does. */
  take(turn) {
    const place = this.#waiting.indexOf(turn)
    for (const due of this.#waiting.splice(0, place + 1)) this.#begin(due)
    if (!turn.done) this.#begin(turn)
    return turn.done
  }

  /** Gives the place up. */
  drop(turn) {
    this.#waiting = this.#waiting.filter((other) => other !== turn)
  }

  // A failure is reported to whoever takes the turn; until then it neither stops the next one nor counts as unhandled.
  #begin(turn) {
    turn.done = this.#last.then(turn.work)
    this.#last = turn.done.catch(() => {})
  }
}
