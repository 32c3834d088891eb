// The unsent text of one chat, kept in the browser.

/** Storage may be full, forbidden or absent: a draft is a convenience and never an error. */
export class Draft {
  #storage
  #name

  constructor(name, storage = () => window.localStorage) {
    this.#name = `natter:draft:${name}`
    this.#storage = storage
  }

  get text() {
    try {
      return this.#storage().getItem(this.#name) ?? ""
    } catch {
      return ""
    }
  }

  /** Whether a storage event says that another page has taken this draft away. */
  isTakenBy({ key, newValue }) {
    return key === this.#name && newValue === null
  }

  set text(text) {
    try {
      if (text) this.#storage().setItem(this.#name, text)
      else this.#storage().removeItem(this.#name)
    } catch {
      // The text is still in the box.
    }
  }
}
