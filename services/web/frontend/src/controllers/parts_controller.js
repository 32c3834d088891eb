// Loads the older and the newer parts of a conversation as the reader comes near them.
import { Controller } from "@hotwired/stimulus"
import { unfinishedIn } from "../models/answer_watcher.js"
import { fillGap } from "../models/shown_part.js"

const NEAR = "1200px 0px"

export default class extends Controller {
  static targets = ["gap", "scroller"]

  connect() {
    this.nearness = new IntersectionObserver((entries) => this.look(entries), {
      root: this.scrollerTarget,
      rootMargin: NEAR,
    })
    this.gapTargets.forEach((gap) => this.nearness.observe(gap))
  }

  disconnect() {
    this.nearness.disconnect()
    this.nearness = null
  }

  gapTargetConnected(gap) {
    this.nearness?.observe(gap)
  }

  gapTargetDisconnected(gap) {
    this.nearness?.unobserve(gap)
  }

  // Turbo itself waits until a lazy frame is in sight.
  look(entries) {
    for (const { isIntersecting, target } of entries) if (isIntersecting) target.setAttribute("loading", "eager")
  }

  // Messages stay children of the list. The transcript keeps what is read in its place before the next paint.
  fill(event) {
    const gap = event.target
    if (!this.gapTargets.includes(gap)) return
    event.detail.render = (_, part) => {
      const isBusy = unfinishedIn(part) !== null
      fillGap(gap, part)
      // It may hold words that are on their way as streams too: a fresh page tells them apart.
      if (isBusy) this.dispatch("busy")
    }
  }
}
