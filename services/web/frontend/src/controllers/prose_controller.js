// Wires what a reader does with the text of an answer: copy its code, look at its images.
import { Controller } from "@hotwired/stimulus"
import { addCopyButtons, copy, textOf } from "../models/code_copy.js"
import { toggleImage } from "../models/remote_image.js"

const SHOWN_FOR = 2_000

export default class extends Controller {
  connect() {
    this.observer = new MutationObserver((changes) => this.look(changes))
    this.observer.observe(this.element, { childList: true, subtree: true })
    addCopyButtons(this.element)
  }

  disconnect() {
    this.observer.disconnect()
  }

  look(changes) {
    for (const { target, removedNodes, addedNodes } of changes) {
      for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) addCopyButtons(node)
      // A morph has taken it away: no server renders the button.
      if (removedNodes.length && target.matches("pre")) addCopyButtons(target)
    }
  }

  click(event) {
    const button = event.target.closest(".copy")
    const link = event.target.closest("a.remote-image[href]")
    if (button) this.copy(button)
    else if (link && isPlain(event) && toggleImage(link)) event.preventDefault()
  }

  async copy(button) {
    const isCopied = await copy(textOf(button))
    button.textContent = isCopied ? "Copied" : "Not copied"
    setTimeout(() => (button.textContent = "Copy"), SHOWN_FOR)
  }
}

// A click that asks for another tab or window is the browser's.
const isPlain = ({ button, ctrlKey, metaKey, shiftKey, altKey }) => !(button || ctrlKey || metaKey || shiftKey || altKey)
