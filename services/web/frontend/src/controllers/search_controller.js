// Searches while a person types; answers that are overtaken are dropped, because a frame loads one address at a time.
import { Controller } from "@hotwired/stimulus"
import { stepTo } from "../models/list_keys.js"

const PAUSE = 150
const FAILED = "The search did not answer. Please try again."

export default class extends Controller {
  static targets = ["form", "input", "results", "status", "said"]
  static values = { page: Boolean }

  disconnect() {
    clearTimeout(this.timer)
  }

  // The dialog has been opened: chats may have come since it was open last.
  begin() {
    this.inputTarget.select()
    this.load({ again: true })
  }

  typed() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.load(), PAUSE)
  }

  submit(event) {
    event.preventDefault()
    this.load({ again: true })
  }

  load({ again = false } = {}) {
    clearTimeout(this.timer)
    const address = this.address
    if (this.resultsTarget.src !== address) this.resultsTarget.src = address
    else if (again) this.resultsTarget.reload()
  }

  loading() {
    this.hadFocus = this.resultsTarget.contains(document.activeElement)
  }

  shown() {
    this.saidTarget.textContent = this.statusTarget.textContent
    // Who stood on a result, or on the link to older ones, goes on with the first that has come.
    if (this.hadFocus) this.resultsTarget.querySelector("a")?.focus()
    // The page's own address finds the same again, after a reload or from a result.
    if (this.pageValue) window.history.replaceState(window.history.state, "", this.resultsTarget.src)
  }

  // The answer was no page of results but an error, or there was none.
  fail(event) {
    event.preventDefault()
    const sentence = document.createElement("p")
    sentence.className = "results__status"
    sentence.setAttribute("role", "alert")
    sentence.textContent = FAILED
    this.resultsTarget.replaceChildren(sentence)
    this.resultsTarget.removeAttribute("src")
  }

  // From the field into the results, and between them. Escape closes the dialog, and does not empty the field first.
  key(event) {
    if (event.key === "Escape" && !this.pageValue && !event.isComposing) {
      event.preventDefault()
      this.element.close()
    }
    const places = [this.inputTarget, ...this.resultsTarget.querySelectorAll("a")]
    const next = stepTo(event.key, places, document.activeElement)
    if (!next || event.isComposing) return
    event.preventDefault()
    next.focus()
  }

  get address() {
    const address = new URL(this.formTarget.action)
    const query = this.inputTarget.value.trim()
    if (query) address.searchParams.set("q", query)
    return address.href
  }
}
