// Shows a message for a while: longer while the pointer or the focus is on it.
import { Controller } from "@hotwired/stimulus"

const SHOWN_FOR = 20_000

export default class extends Controller {
  static targets = ["text", "also"]
  static values = { chat: Number }

  connect() {
    if (this.hasChatValue) this.gather()
    this.leave()
  }

  disconnect() {
    clearTimeout(this.timer)
  }

  stay() {
    clearTimeout(this.timer)
  }

  leave() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.end(), SHOWN_FOR)
  }

  // The pointer may have left while the focus has not, and the other way round.
  end() {
    if (this.element.matches(":is(:hover, :focus-within)")) this.leave()
    else this.element.remove()
  }

  // Further deletions count up: one button takes all of them back.
  gather() {
    const others = [...this.element.parentElement.children].filter(
      (other) => other !== this.element && other.dataset.toastChatValue,
    )
    const chats = others.flatMap((other) => [
      other.dataset.toastChatValue,
      ...other.querySelector("[name=also]").value.split(" ").filter(Boolean),
    ])
    for (const other of others) other.remove()
    if (!chats.length) return
    this.alsoTarget.value = chats.join(" ")
    this.textTarget.textContent = `${chats.length + 1} chats deleted.`
  }
}
