// Says what could not be done where nothing else does, and keeps error pages from taking the place of the page.
import { Controller } from "@hotwired/stimulus"
import { isNotSignedIn } from "../elements/stream_source/refusal.js"
import { isSentBack, refusalWords } from "../models/refusal.js"
import { showSignedOut } from "../models/signed_out.js"
import { showToast } from "../models/toast.js"

const SILENT = "#menu, .header__rename, .toast, .models__pin"
const MESSAGE = "#message-create-form"
const FRAMES = "#menu-frame, .header__rename, .models"

export default class extends Controller {
  // Turbo would show the answer to a form that is in no frame, whatever it is.
  answered(event) {
    const { target, detail } = event
    const { response } = detail.fetchResponse
    const isOver = isNotSignedIn(response)
    // The message box says it itself, beside what was to be sent.
    if (isOver && !target.matches(MESSAGE)) showSignedOut()
    if (response.ok || !target.matches("form") || target.closest("turbo-frame") || isSentBack(response, target)) return
    event.preventDefault()
    if (!isOver) this.unanswered(event, response)
  }

  async unanswered({ target }, response) {
    if (target.closest(SILENT)) showToast(await refusalWords(response))
  }

  // What came has no such frame: an error, or the page of a login. What was typed is still there.
  async missing(event) {
    const { target, detail: { response } } = event
    if (event.defaultPrevented) return
    if (isNotSignedIn(response)) return event.preventDefault()
    if (!target.matches(FRAMES)) return
    event.preventDefault()
    if (response.ok) window.location.assign(response.url)
    else showToast(await refusalWords(response))
  }
}
