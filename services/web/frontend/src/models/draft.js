// The unsent text of one chat, kept in the browser.

const PREFIX = "natter:draft:"

/** How the name of a draft of no chat begins: it is on its way from one to another of an account. */
export const CARRIED = "carried"

/** Storage may be full, forbidden or absent: a draft is a convenience and never an error. */
export class Draft {
  #storage
  #name

  constructor(name, storage = () => window.localStorage) {
    this.#name = `${PREFIX}${name}`
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

/** Deletes all drafts whose names begin with one of `beginnings`. */
export function forgetDrafts(beginnings, storage = () => window.localStorage) {
  try {
    const kept = storage()
    const isMeant = (key) => beginnings.some((beginning) => key.startsWith(PREFIX + beginning))
    Object.keys(kept).filter(isMeant).forEach((key) => kept.removeItem(key))
  } catch {
    // Where nothing may be kept there is nothing.
  }
}
