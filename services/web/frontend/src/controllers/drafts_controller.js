// Deletes the drafts of whoever signs out: the next one at this browser may be somebody else.
import { Controller } from "@hotwired/stimulus"
import { CARRIED, forgetDrafts } from "../models/draft.js"

export default class extends Controller {
  // The path below which all chats are: another program may be on this site, with drafts of its own.
  static values = { of: String }

  forget() {
    forgetDrafts([this.ofValue, CARRIED])
  }
}
