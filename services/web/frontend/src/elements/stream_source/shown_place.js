// How far the page shows its stream.

/**
 * Turbo renders what it is handed with the next repaint only. Until then the page shows the stream as far as before;
 * and if the element leaves the page meanwhile, what it handed over is rendered into another.
 */
export class ShownPlace {
  #place
  #waiting = 0

  constructor(place) {
    this.#place = place
  }

  /** Has the page show the stream up to `place` once Turbo has rendered it, if `isThere()` then. */
  handedOver(place, isThere) {
    this.#waiting += 1
    afterRepaint(() => {
      this.#waiting -= 1
      if (isThere()) this.#place = place
    })
  }

  /** The place that the page shows, where the connection stands at `place`. */
  at(place) {
    return this.#waiting ? this.#place : place
  }
}

// As Turbo waits, and after it.
function afterRepaint(callback) {
  if (document.visibilityState === "hidden") setTimeout(callback, 0)
  else requestAnimationFrame(callback)
}
