// Lets a link to a message's text copy the text instead.
import { Controller } from "@hotwired/stimulus"
import { announce } from "../models/announcement.js"
import { copyFrom } from "../models/markdown_copy.js"
import { sayOn } from "../models/passing_words.js"
import { isPlainClick } from "../models/plain_click.js"

export default class extends Controller {
  async copy(event) {
    if (!isPlainClick(event)) return
    event.preventDefault()
    const { currentTarget: link } = event
    const words = (await copyFrom(link.href)) ? "Copied" : "Not copied"
    sayOn(link, words)
    announce(document, words)
  }
}
