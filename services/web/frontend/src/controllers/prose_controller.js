// Wires what a reader does with the text of an answer: copy code, formulas and selections, look at images, scroll.
import { Controller } from "@hotwired/stimulus"
import { announce } from "../models/announcement.js"
import { copy, textOf } from "../models/code_copy.js"
import { copyOf } from "../models/formula_copy.js"
import { sayOn } from "../models/passing_words.js"
import { isPlainClick } from "../models/plain_click.js"
import { toggleImage } from "../models/remote_image.js"
import { WideParts } from "../models/wide_parts.js"

export default class extends Controller {
  connect() {
    this.wideParts = new WideParts(this.element)
    this.wideParts.start()
    // Where all is selected, the event is the body's.
    this.copySelection = this.copySelection.bind(this)
    document.addEventListener("copy", this.copySelection)
  }

  disconnect() {
    this.wideParts.stop()
    document.removeEventListener("copy", this.copySelection)
  }

  click(event) {
    const button = event.target.closest(".prose .copy")
    const link = event.target.closest("a.remote-image[href]")
    const say = (words) => announce(document, words)
    if (button) this.copy(button, say)
    else if (link && isPlainClick(event) && toggleImage(link, say)) event.preventDefault()
  }

  async copy(button, say) {
    const words = (await copy(textOf(button))) ? "Copied" : "Not copied"
    sayOn(button, words)
    say(words)
  }

  copySelection(event) {
    if (event.target.matches?.("input, textarea")) return
    const copied = copyOf(document.getSelection())
    if (!copied) return
    event.clipboardData.setData("text/plain", copied.text)
    event.clipboardData.setData("text/html", copied.html)
    event.preventDefault()
  }
}
