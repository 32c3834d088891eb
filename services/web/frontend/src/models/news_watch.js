// Notices what is written at the end of a list that its reader has left.

export class NewsWatch {
  #list = null
  #observer

  /** `tell` is called with every piece. */
  constructor(tell) {
    this.#observer = new MutationObserver((changes) => {
      if (changes.some((change) => this.#isNews(change))) tell()
    })
  }

  watch(list) {
    this.#list = list
    this.#observer.observe(list, { childList: true, characterData: true, subtree: true })
  }

  stop() {
    this.#observer.disconnect()
  }

  #isNews({ target, addedNodes }) {
    const last = this.#list.lastElementChild
    return target === this.#list ? [...addedNodes].includes(last) : Boolean(last?.contains(target))
  }
}
