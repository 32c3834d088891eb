// Wires a link to a message's text so that it copies the text instead.
import { Controller } from "@hotwired/stimulus"
import { copyFrom } from "../models/markdown_copy.js"
import { isPlain, sayFor } from "../models/link_words.js"

export default class extends Controller {
  async copy(event) {
    if (!isPlain(event)) return
    event.preventDefault()
    const link = event.target.closest("a")
    sayFor(link, (await copyFrom(link.href)) ? "Copied" : "Not copied")
  }
}
