// Lets a reader choose the model in a popover with a search, in the place of the form's own list.
import { Controller } from "@hotwired/stimulus"
import { stepTo } from "../models/list_keys.js"

const PAUSE = 150
const MISSING = "The models could not be loaded. Close this and try again."

export default class extends Controller {
  static targets = ["select", "button", "current", "demo", "popover", "query", "frame"]
  static values = { list: String, chat: String }

  disconnect() {
    clearTimeout(this.timer)
  }

  // Once with the page, and again when the server has sent the form back.
  buttonTargetConnected(button) {
    button.hidden = false
    this.selectTarget.hidden = true
  }

  toggle({ newState }) {
    clearTimeout(this.timer)
    if (newState !== "open") return
    this.place()
    this.queryTarget.value = ""
    this.wanted = undefined
    if (this.frameTarget.getAttribute("src") === this.listValue) this.frameTarget.reload()
    else this.frameTarget.src = this.listValue
  }

  // The style sheet stands the popover on the button, or makes it a sheet where there is little room.
  place() {
    const { left, right, top } = this.buttonTarget.getBoundingClientRect()
    const isRightToLeft = getComputedStyle(this.element).direction === "rtl"
    const { style } = this.popoverTarget
    style.setProperty("--picker-start", `${isRightToLeft ? window.innerWidth - right : left}px`)
    style.setProperty("--picker-end", `${window.innerHeight - top}px`)
  }

  typed() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.find(), PAUSE)
  }

  // As the frame's own address: the frame then gives up the list that is still on its way.
  find() {
    this.timer = undefined
    this.frameTarget.src = `${this.listValue}?${new URLSearchParams({ q: this.queryTarget.value })}`
  }

  // Enter in the field takes the first model that was found, once it has been looked for.
  key(event) {
    const { key, target, isComposing } = event
    if (isComposing) return
    if (key === "Enter" && target === this.queryTarget) {
      event.preventDefault()
      this.wanted = this.queryTarget.value
      clearTimeout(this.timer)
      this.find()
    }
    const next = stepTo(key, [this.queryTarget, ...this.choices], target)
    if (!next) return
    event.preventDefault()
    next.focus()
  }

  // The list comes anew after a model was pinned, and with it the button that did.
  submitted({ submitter }) {
    this.pin = submitter?.dataset.pin
  }

  loaded({ detail: { fetchResponse } }) {
    for (const choice of this.choices) {
      if (choice.dataset.value === this.selectTarget.value) choice.setAttribute("aria-current", "true")
      else choice.removeAttribute("aria-current")
    }
    const pins = [...this.frameTarget.querySelectorAll("[data-pin]")]
    pins.find(({ dataset }) => dataset.pin === this.pin)?.focus()
    this.pin = undefined
    // A list that was asked for earlier may come first.
    if (fetchResponse.location.searchParams.get("q") !== this.wanted) return
    this.wanted = undefined
    this.frameTarget.querySelector(".models__choice")?.click()
  }

  // An error has come, or nothing. A model that could not be pinned leaves the list as it is.
  fail(event) {
    if (event.target !== this.frameTarget) return
    event.preventDefault()
    this.frameTarget.textContent = MISSING
  }

  choose({ currentTarget: { dataset } }) {
    const { value, name } = dataset
    const { options } = this.selectTarget
    if (![...options].some((option) => option.value === value)) {
      const option = new Option(name, value)
      Object.assign(option.dataset, dataset)
      options.add(option)
    }
    this.selectTarget.value = value
    this.popoverTarget.hidePopover()
    this.buttonTarget.focus()
    this.changed()
  }

  // The chat remembers its model at once; if that fails, with the next message.
  changed() {
    const { value, selectedOptions } = this.selectTarget
    const [{ dataset }] = selectedOptions
    this.currentTarget.textContent = dataset.name
    this.demoTarget.hidden = dataset.demo === undefined
    this.selectTarget.removeAttribute("aria-invalid")
    const headers = { accept: "text/vnd.turbo-stream.html" }
    fetch(this.chatValue, { method: "POST", headers, body: new URLSearchParams({ model: value }) }).catch(() => {})
  }

  get choices() {
    return [...this.popoverTarget.querySelectorAll(".models__choice")]
  }
}
