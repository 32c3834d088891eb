// Wires the transcript's scrolling: follow what is written, or offer the way back to it.
import { Controller } from "@hotwired/stimulus"
import { ScrollFollower } from "../models/scroll_follower.js"

export default class extends Controller {
  static targets = ["scroller", "list", "jump"]

  initialize() {
    this.sizes = new ResizeObserver(() => this.follower?.resized())
  }

  connect() {
    this.follower = new ScrollFollower(this.scrollerTarget, (following) => {
      this.jumpTarget.hidden = following
    })
    this.sizes.observe(this.scrollerTarget)
    this.follower.follow()
  }

  disconnect() {
    this.sizes.disconnect()
  }

  listTargetConnected(list) {
    this.sizes.observe(list)
  }

  listTargetDisconnected(list) {
    this.sizes.unobserve(list)
  }

  scrolled() {
    this.follower.scrolled()
  }

  wheeled({ deltaY }) {
    if (deltaY < 0) this.follower.release()
  }

  follow() {
    this.follower.follow()
  }

  // What is asked for stands here, and not at the end.
  hold() {
    this.follower.hold()
  }

  // The button vanishes under the reader's finger, so the focus moves to what was asked for.
  jump() {
    this.follower.follow()
    this.scrollerTarget.focus({ preventScroll: true })
  }
}
