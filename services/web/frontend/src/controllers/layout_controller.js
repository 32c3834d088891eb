// Puts the sidebar away on wide pages, where it is a drawer from then on, and back; the server knows by a cookie.
import { Controller } from "@hotwired/stimulus"

const YEAR = 365 * 24 * 60 * 60

export default class extends Controller {
  hide() {
    document.documentElement.dataset.sidebar = "hidden"
    remember("hidden", YEAR)
    document.querySelector(".header__menu")?.focus()
  }

  keep() {
    document.getElementById("sidebar").hidePopover()
    delete document.documentElement.dataset.sidebar
    remember("", 0)
    document.querySelector(".sidebar__hide")?.focus()
  }
}

function remember(state, seconds) {
  const { content: path } = document.querySelector("meta[name=turbo-root]")
  document.cookie = `sidebar=${state}; path=${path}; max-age=${seconds}; samesite=lax`
}
