// Wires the list of chats: what comes live, what is loaded as it is reached, and where the focus goes.
import { Controller } from "@hotwired/stimulus"
import { morphChildren } from "@hotwired/turbo"
import { isRefusal } from "../elements/stream_source/refusal.js"
import { actOf, fillRow, markCurrent, neighbourOf, takeOlder } from "../models/chat_list.js"
import { Rereading } from "../models/rereading.js"
import { tellOffset } from "../models/utc_offset.js"

const POLL = 30_000
const READ_MS = 15_000
const LIST = /^chats-[a-z]+-list$/
// What streams change in the list.
const SHOWN = /^(chats-[a-z]+-list|chat_\d+_(row|state)|chat-\d+-title)$/
// What hides a row at once, and what brings one back to its place, which only the server knows.
const HIDING = ["delete", "archive"]
const MOVING = ["pin", "unpin", "unarchive", "restore"]

export default class extends Controller {
  static targets = ["list", "row", "reload", "new"]
  static values = { url: String, chat: Number, seen: String }

  initialize() {
    this.rereading = new Rereading(() => this.read(), (fresh) => this.renew(fresh))
  }

  connect() {
    this.day = new Date().toDateString()
    this.timer = setInterval(() => this.poll(), POLL)
    if (tellOffset(document)) this.refreshed()
  }

  disconnect() {
    clearInterval(this.timer)
  }

  rowTargetConnected(row) {
    markCurrent(row, this.chatValue)
  }

  // A row's place depends on the reader's clock: each page reads its own list.
  reloadTargetConnected(order) {
    order.remove()
    this.refreshed()
  }

  // Without a WebSocket nothing comes live; and what was today is yesterday after midnight.
  poll() {
    if (document.visibilityState !== "visible") return
    const isNewDay = this.day !== new Date().toDateString()
    if (isNewDay) tellOffset(document)
    if (isNewDay || !document.querySelector("#account-source[connected]")) this.refreshed()
  }

  refreshed() {
    if (this.isUsed) this.isStale = true
    else this.reload()
  }

  streamed(event) {
    const { newStream: stream, render } = event.detail
    if (SHOWN.test(stream.target)) this.rereading.changed()
    if (stream.action === "prepend" && LIST.test(stream.target)) {
      event.detail.render = (stream) => this.move(stream, render)
    } else if (stream.action === "update" && stream.target === `chat_${this.chatValue}_state`) {
      event.detail.render = async (stream) => {
        await render(stream)
        this.look()
      }
    }
  }

  // Nothing moves under the reader's pointer: what the row says is shown, and its place when the list is left.
  move(stream, render) {
    const fresh = stream.templateElement.content.firstElementChild
    const row = document.getElementById(fresh.id)
    if (this.isUsed) {
      this.isStale = true
      if (row) fillRow(row, fresh)
      return
    }
    row?.remove()
    return render(stream)
  }

  point() {
    this.isPointed = true
  }

  // The pointer or the focus has left, or a menu has closed.
  leave({ type, relatedTarget }) {
    if (type === "pointerleave") this.isPointed = false
    if (this.isPointed || this.listTarget.contains(relatedTarget)) return
    // The focus has moved by then.
    setTimeout(() => this.isStale && this.refreshed(), 0)
  }

  loading({ target }) {
    this.hadFocus = target.contains(document.activeElement)
  }

  // A page of older rows has come: who stood on the link to it goes on with the first of them.
  loaded({ target }) {
    const [first] = takeOlder(target, this.listTarget)
    if (this.hadFocus) first?.querySelector(".chat-link").focus()
  }

  // An error page has no rows; the link is still there.
  missing(event) {
    event.preventDefault()
  }

  // The page of a deleted chat is left as without JavaScript: the next one says so.
  leaving({ target }) {
    const act = actOf(target)
    if (act?.name === "delete" && act.chat === this.chatValue) target.dataset.turbo = "false"
  }

  submitted({ detail: { formSubmission } }) {
    const act = actOf(formSubmission.formElement)
    const row = act && HIDING.includes(act.name) && document.getElementById(`chat_${act.chat}_row`)
    if (!row) return
    const next = neighbourOf(row) ?? this.newTarget
    row.hidden = true
    next.focus()
  }

  // A form that is gone from the page by now is not the event's target.
  async answered({ detail: { success, formSubmission } }) {
    const act = actOf(formSubmission.formElement)
    if (!act) return
    const row = document.getElementById(`chat_${act.chat}_row`)
    if (!success && row) row.hidden = false
    if (!success || !MOVING.includes(act.name)) return
    await this.reload()
    if (act.name === "restore") document.querySelector(`#chat_${act.chat}_row .chat-link`)?.focus()
  }

  // What the reader sees is not unread.
  look() {
    if (document.visibilityState !== "visible" || !this.seenValue) return
    if (document.querySelector(`#chat_${this.chatValue}_state .unread`)) this.tellSeen()
  }

  async tellSeen() {
    try {
      await fetch(this.seenValue, { method: "POST" })
    } catch {
      // The next look will tell.
    }
  }

  /** Reads as many rows as are shown; those that are the same stay, with the focus in them. */
  reload() {
    this.isStale = false
    return this.rereading.again()
  }

  renew(fresh) {
    for (const row of fresh.querySelectorAll(".chat-row")) markCurrent(row, this.chatValue)
    const { activeElement } = document
    this.listTarget.querySelector("#chats-next")?.remove()
    morphChildren(this.listTarget, fresh)
    if (activeElement?.isConnected && document.activeElement === document.body) activeElement.focus()
    this.day = new Date().toDateString()
    this.look()
  }

  async read() {
    const rows = this.listTarget.querySelectorAll(".chat-row").length
    const headers = { accept: "text/html", "turbo-frame": "chats" }
    try {
      const signal = AbortSignal.timeout(READ_MS)
      const response = await fetch(`${this.urlValue}?rows=${rows}`, { headers, cache: "no-store", signal })
      // Whoever is signed out gets no list from now on.
      if (isRefusal(response)) clearInterval(this.timer)
      if (!response.ok) return null
      const page = new DOMParser().parseFromString(await response.text(), "text/html")
      return page.getElementById("chats")
    } catch {
      return null
    }
  }

  get isUsed() {
    const isActive = this.listTarget.contains(document.activeElement)
    return this.isPointed || isActive || document.querySelector("#menu:popover-open") !== null
  }
}
