// Puts one of a person's prompts into the message box.
import { Controller } from "@hotwired/stimulus"
import { neighbour } from "../models/neighbour.js"
import { isPlainClick } from "../models/plain_click.js"
import { isAskedFor, promptQuery } from "../models/prompt_query.js"

const STEPS = { ArrowDown: 1, ArrowUp: -1 }

export default class extends Controller {
  static targets = ["frame", "item", "status"]
  static values = { address: String }

  // The links to the page of prompts open the list here.
  follow(event) {
    const link = event.target.closest?.("a[href]")
    if (!isPlainClick(event) || link?.getAttribute("href") !== this.addressValue || !this.box) return
    event.preventDefault()
    this.query = ""
    this.isWanted = true
    this.load()
    this.open()
  }

  typed({ target }) {
    if (target !== this.box) return
    const query = promptQuery(this.box.value)
    if (query === null) return this.close()
    const isFirst = !this.isOpen && query === ""
    this.query = query
    this.isWanted = false
    if (isFirst) this.load()
    else if (this.isOpen) this.filter()
  }

  load() {
    if (this.frameTarget.src === new URL(this.addressValue, document.baseURI).href) this.frameTarget.reload()
    else this.frameTarget.src = this.addressValue
  }

  // By a slash alone the list opens only if there is something in it: a message may begin with one.
  shown() {
    if (this.query !== undefined) this.filter()
  }

  filter() {
    const asked = this.itemTargets.filter((item) => isAskedFor(item.dataset.name, this.query))
    for (const item of this.itemTargets) item.closest("li").hidden = !asked.includes(item)
    if (!asked.length && !this.isWanted) return this.close()
    this.open()
    const count = asked.length === 1 ? "1 prompt" : `${asked.length} prompts`
    this.statusTarget.textContent = `${count}. Enter takes the first; the down arrow leads to the list.`
    if (this.isWanted) (this.shownItems[0] ?? this.frameTarget.querySelector("a"))?.focus()
  }

  fail(event) {
    event.preventDefault()
    this.frameTarget.removeAttribute("src")
    this.frameTarget.textContent = "The prompts did not come. Please try again."
  }

  key(event) {
    if (!this.isOpen || event.isComposing) return
    const isInBox = event.target === this.box
    if (!isInBox && !this.element.contains(event.target)) return
    const isForFirst = isInBox && event.key === "Enter"
    if (!(isForFirst || event.key in STEPS) || !this.shownItems.length) return
    event.preventDefault()
    event.stopPropagation()
    if (isForFirst) this.shownItems[0].click()
    else neighbour(this.shownItems, document.activeElement, STEPS[event.key]).focus()
  }

  choose(event) {
    if (!isPlainClick(event) || !this.box) return
    event.preventDefault()
    const { box } = this
    const [start, end] = promptQuery(box.value) === null ? [box.selectionStart, box.selectionEnd] : [0, box.value.length]
    this.close()
    box.focus()
    box.setRangeText(event.currentTarget.dataset.text, start, end, "end")
    box.dispatchEvent(new Event("input", { bubbles: true }))
  }

  open() {
    const place = this.box.closest(".composer__box").getBoundingClientRect()
    const { style } = this.element
    style.position = "fixed"
    style.inset = `auto auto ${window.innerHeight - place.top + 8}px ${place.left}px`
    style.width = `${place.width}px`
    style.maxHeight = `${Math.max(place.top - 16, 120)}px`
    if (!this.isOpen) this.element.showPopover()
  }

  close() {
    if (this.isOpen) this.element.hidePopover()
    else this.forget()
  }

  // By a key or a press outside, too: a list that comes later is not wanted any more.
  toggled({ newState }) {
    if (newState === "closed") this.forget()
  }

  forget() {
    this.query = undefined
    this.statusTarget.textContent = ""
  }

  get isOpen() {
    return this.element.matches(":popover-open")
  }

  get shownItems() {
    return this.itemTargets.filter((item) => !item.closest("li").hidden)
  }

  get box() {
    return document.querySelector("#message-content")
  }
}
