// What has been sent and is not answered yet, and what is left in the box afterwards.

/** One message under way at a time. A request to send more waits for the answer; a doubled keystroke asks for nothing. */
export class Sending {
  #text = null
  #again = false

  /** True when `text` may go now. */
  begin(text) {
    if (this.#text !== null) {
      this.#again ||= text !== this.#text
      return false
    }
    this.#text = text
    return true
  }

  /** The text that stays in the box: all of it after a failure, else only what was typed since. */
  finish(value, { success }) {
    const sent = this.#text
    this.#text = null
    return success && sent !== null ? remainder(value, sent) : value
  }

  /** Whether sending was asked for meanwhile; asking clears it. */
  takeRepeat() {
    const again = this.#again
    this.#again = false
    return again
  }
}

/** `value` without the `sent` text it began with. A box that was rewritten altogether is left alone. */
export function remainder(value, sent) {
  return value.startsWith(sent) ? value.slice(sent.length).replace(/^\s+/, "") : value
}

/**
 * Whether the server has the message that a form has sent, by the detail of `turbo:submit-end`: a page that is no answer
 * to the form, such as a proxy's own, is no word of it.
 */
export function isTaken({ success, fetchResponse }) {
  return Boolean(success) && /^text\/vnd\.turbo-stream\.html/.test(fetchResponse.contentType)
}
