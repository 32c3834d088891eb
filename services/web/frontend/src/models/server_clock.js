// The server's time: a reader's clock may be hours off.

/** Goes on from what the server last said, by the reader's clock: that one goes on while a computer sleeps. */
export class ServerClock {
  #now
  #said = null
  #ahead = 0

  constructor(now = () => Date.now()) {
    this.#now = now
  }

  /** Takes the time that the server wrote (ISO 8601) into what arrived `age` milliseconds ago; what it said before is old. */
  hear(said, age = 0) {
    const time = Date.parse(said)
    if (said === this.#said || Number.isNaN(time)) return
    this.#said = said
    this.#ahead = time + age - this.#now()
  }

  /** Milliseconds since the epoch, as the server counts them. */
  now() {
    return this.#now() + this.#ahead
  }
}

export const serverClock = new ServerClock()

/** Sets the clock by each page that comes from the server. */
export function keepServerTime(root, clock = serverClock) {
  const hear = (age) => clock.hear(root.querySelector("meta[name=server-time]")?.content, age)
  hear(performance.now() - (performance.getEntriesByType("navigation")[0]?.responseStart ?? 0))
  root.addEventListener("turbo:render", () => hear(0))
}
