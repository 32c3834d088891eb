// Wires the one menu of the page: any link to a page …/menu/ opens it in a popover beside itself.
import { Controller } from "@hotwired/stimulus"
import { placeBeside } from "../models/popover_place.js"

const ITEMS = ".menu__item"
const STEPS = { ArrowDown: 1, ArrowUp: -1 }
const FAILED = "That could not be done. Please try again."

export default class extends Controller {
  connect() {
    this.listening = new AbortController()
    this.on("pointerdown", (event) => this.press(event), { capture: true })
    this.on("toggle", (event) => this.toggled(event), { capture: true })
    this.on("keydown", (event) => this.key(event))
    this.on("turbo:frame-load", ({ target }) => target === this.frame && this.show())
    this.on("turbo:frame-missing", (event) => this.miss(event))
    this.on("turbo:fetch-request-error", ({ target }) => this.lose(target))
    this.on("turbo:submit-start", ({ target }) => this.submitted(target))
    this.on("turbo:submit-end", (event) => this.answered(event))
  }

  disconnect() {
    this.listening.abort()
  }

  on(event, listener, options) {
    document.addEventListener(event, listener, { ...options, signal: this.listening.signal })
  }

  // Without a menu on the page, or for another tab, the link leads to the menu's own page.
  open(event) {
    if (!this.menu || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    const link = event.currentTarget
    if (this.pressed === link) return
    this.opener = link
    this.empty()
    this.frame.src = link.href
  }

  // The press that closes the menu is no click that opens it again.
  press({ target }) {
    this.pressed = this.isOpen && this.opener?.contains(target) ? this.opener : null
  }

  show() {
    if (!this.isOpen) this.menu.showPopover({ source: this.opener })
    placeBeside(this.menu, this.opener)
    const first = this.menu.querySelector("input:not([type=hidden]), a, button")
    first?.focus()
  }

  close() {
    if (this.isOpen) this.menu.hidePopover()
  }

  toggled({ target, newState }) {
    if (target !== this.menu || newState !== "closed") return
    const { activeElement } = document
    if (activeElement === document.body || this.menu.contains(activeElement)) this.focusOpener()
  }

  focusOpener() {
    const opener = this.opener?.isConnected ? this.opener : this.successor
    opener?.focus({ preventScroll: true })
  }

  key(event) {
    const step = STEPS[event.key]
    if (!step || !this.isOpen || !event.target.matches(`#menu ${ITEMS}`)) return
    event.preventDefault()
    const items = [...this.menu.querySelectorAll(ITEMS)]
    const place = items.indexOf(event.target) + step
    items.at(place % items.length).focus()
  }

  // A form in the menu that may be refused stays until it is not.
  submitted(form) {
    if (this.menu?.contains(form) && !form.querySelector("input:not([type=hidden])")) this.close()
  }

  answered({ target, detail: { success } }) {
    if (this.menu?.contains(target) && success) this.close()
  }

  // What came has no such frame: an error, or the page of a login.
  miss(event) {
    const { target, detail: { response } } = event
    if (target !== this.frame && !target.matches(".header__rename")) return
    event.preventDefault()
    this.close()
    if (response.ok) window.location.assign(response.url)
    else this.say(FAILED)
  }

  // The server was not reached; a form keeps what was typed.
  lose(target) {
    if (this.menu?.contains(target) || target.closest(".header__rename, #toasts")) this.say(FAILED)
  }

  say(words) {
    const toast = document.createElement("div")
    toast.className = "toast"
    toast.dataset.controller = "toast"
    toast.dataset.action = "pointerenter->toast#stay pointerleave->toast#leave"
    toast.textContent = words
    document.getElementById("toasts")?.append(toast)
  }

  empty() {
    for (const name of ["src", "complete"]) this.frame.removeAttribute(name)
    this.frame.replaceChildren()
  }

  get menu() {
    return document.getElementById("menu")
  }

  get frame() {
    return this.menu?.querySelector("turbo-frame")
  }

  get isOpen() {
    return this.menu?.matches(":popover-open") ?? false
  }

  // The row, or the message, may have been rendered again meanwhile.
  get successor() {
    const href = this.opener?.getAttribute("href")
    return href ? document.querySelector(`a[href="${CSS.escape(href)}"]`) : null
  }
}
