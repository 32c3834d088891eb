// Stores a setting as soon as it is chosen, and shows it on the page at once.
import { Controller } from "@hotwired/stimulus"

const FAILED = "That could not be saved. Please try again."

export default class extends Controller {
  static targets = ["status"]

  changed({ target }) {
    if (target.value !== this.shown(target.form)) target.form.requestSubmit()
  }

  begin() {
    this.statusTarget.textContent = ""
  }

  // What the server has refused, or never got, is chosen no longer.
  end({ target: form, detail: { success } }) {
    const field = form.querySelector("select")
    if (success) this.elementOf(form).dataset[form.dataset.attribute] = field.value
    else field.value = this.shown(form) ?? field.value
    if (!success && !this.statusTarget.textContent) this.statusTarget.textContent = FAILED
  }

  shown(form) {
    return this.elementOf(form).dataset[form.dataset.attribute]
  }

  elementOf(form) {
    return form.dataset.element === "html" ? document.documentElement : document.body
  }
}
