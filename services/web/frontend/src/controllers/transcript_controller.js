// Wires the transcript's scrolling: follow what is written, or offer the way back to it.
import { Controller } from "@hotwired/stimulus"
import { NewsWatch } from "../models/news_watch.js"
import { ReadingPlace } from "../models/reading_place.js"
import { ScrollFollower } from "../models/scroll_follower.js"
import { hasNewerGap } from "../models/shown_part.js"

const UPWARD = ["ArrowUp", "PageUp", "Home"]
// Between an answer that stays at its start and the edge above it.
const MARGIN = 16

export default class extends Controller {
  static targets = ["scroller", "list", "jump", "news"]
  static values = { around: String }

  initialize() {
    this.sizes = new ResizeObserver(() => this.resized())
  }

  connect() {
    this.place = new ReadingPlace(this.scrollerTarget, () => this.listTarget)
    this.news = new NewsWatch(() => (this.newsTarget.hidden = false))
    this.follower = new ScrollFollower(this.scrollerTarget, (following) => this.changed(following), {
      limit: () => this.limit,
      isSelecting: () => this.isSelecting,
    })
    this.sizes.observe(this.scrollerTarget)
    this.begin()
  }

  disconnect() {
    this.sizes.disconnect()
    this.news.stop()
  }

  listTargetConnected(list) {
    this.sizes.observe(list)
  }

  listTargetDisconnected(list) {
    this.sizes.unobserve(list)
  }

  // At the end, unless the address leads to a message or to an older part.
  begin() {
    if (this.aroundValue && !window.location.hash) window.location.replace(`#message_${this.aroundValue}`)
    const asked = document.getElementById(window.location.hash.slice(1))
    const isMessage = asked?.parentElement === this.listTarget
    if (!isMessage && !hasNewerGap(this.element)) return this.follower.follow()
    this.follower.hold()
    if (isMessage) asked.scrollIntoView()
    this.place.take()
  }

  changed(following) {
    this.jumpTarget.hidden = following
    this.newsTarget.hidden = true
    if (following) this.news.stop()
    else this.news.watch(this.listTarget)
  }

  scrolled() {
    this.follower.scrolled()
    this.place.take()
  }

  resized() {
    if (!this.follower) return
    if (!this.follower.following) {
      this.place.restore()
      this.follower.adjusted()
    }
    this.follower.resized()
  }

  wheeled({ deltaY }) {
    if (deltaY < 0) this.follower.release()
  }

  touched({ touches: [touch] }) {
    this.touch = touch.clientY
  }

  // A finger that moves down pulls what is above it into sight.
  dragged({ touches: [touch] }) {
    if (touch.clientY > this.touch) this.follower.release()
    this.touch = touch.clientY
  }

  pressed({ key, shiftKey, target }) {
    const isUp = UPWARD.includes(key) || (key === " " && shiftKey)
    if (isUp && !target.matches("input, textarea, select")) this.follower.release()
  }

  sending({ target }) {
    if (target.id === "message-create-form") this.earlier = this.newestAnswer
  }

  sent() {
    if (hasNewerGap(this.element)) return this.leaveForNewest()
    this.stays = document.body.dataset.follow === "false"
    this.follower.follow()
  }

  // What is asked for stands here, and not at the end.
  hold() {
    this.follower.hold()
    this.place.take()
  }

  // The button vanishes under the reader's finger, so the focus moves to what was asked for.
  jump() {
    if (hasNewerGap(this.element)) return this.leaveForNewest()
    this.stays = false
    this.follower.follow()
    this.scrollerTarget.focus({ preventScroll: true })
  }

  leaveForNewest() {
    window.location.assign(window.location.pathname)
  }

  // By choice an answer is followed only until its start has reached the upper edge.
  get limit() {
    const answer = this.newestAnswer
    if (!this.stays || !answer || answer === this.earlier) return Infinity
    const { top } = this.scrollerTarget.getBoundingClientRect()
    return answer.getBoundingClientRect().top - top + this.scrollerTarget.scrollTop - MARGIN
  }

  get newestAnswer() {
    return [...this.listTarget.querySelectorAll(":scope > .message--assistant")].at(-1)
  }

  get isSelecting() {
    const { isCollapsed, anchorNode } = document.getSelection()
    return !isCollapsed && this.listTarget.contains(anchorNode)
  }
}
