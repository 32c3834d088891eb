// Reads again what changes while it is read.

/** One reading at a time. What has changed meanwhile may be missing in it: then it is read once more, and only that is shown. */
export class Rereading {
  #read
  #show
  #changes = 0
  #running = null
  #next = null

  /** `read` resolves with what to `show`, or with null where it could not be read. */
  constructor(read, show) {
    this.#read = read
    this.#show = show
  }

  changed() {
    this.#changes += 1
  }

  /** Resolves once something is shown that was read after this call. */
  again() {
    if (!this.#running) return (this.#running = this.#run().finally(() => (this.#running = null)))
    return (this.#next ??= this.#running.then(() => {
      this.#next = null
      return this.again()
    }))
  }

  async #run() {
    let changes
    let fresh
    do {
      changes = this.#changes
      fresh = await this.#read()
    } while (fresh && changes !== this.#changes)
    if (fresh) this.#show(fresh)
  }
}
