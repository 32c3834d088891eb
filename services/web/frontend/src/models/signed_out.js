// What a page says once its session has ended, with a link to sign in that leads back to it.
import { isNotSignedIn } from "../elements/stream_source/refusal.js"
import { showToast } from "./toast.js"

const TOAST = "toast_signed_out"

/** Whether somebody has to sign in first: web says so, or has led to the page for it. */
export function isSignedOut(response, root = rootOf(document)) {
  return isNotSignedIn(response) || (response.redirected && new URL(response.url).pathname === signInPath(root))
}

/** The address of the sign-in page that leads on to the page at `place`; `root` is the path of Natter, with a last slash. */
export function signInAddress(root, { pathname, search }) {
  const next = pathname.startsWith(root) ? pathname.slice(root.length - 1) + search : ""
  return `${signInPath(root)}?${new URLSearchParams({ next })}`
}

/** The sentence and the link, to be put into an element. */
export function signInNotice(...more) {
  const link = document.createElement("a")
  link.href = signInAddress(rootOf(document), window.location)
  // Not into the frame that the link may be in.
  link.dataset.turbo = "false"
  link.textContent = "Sign in"
  return ["You are signed out. ", ...more, link]
}

/** Says it above the message box, once. */
export function showSignedOut() {
  document.getElementById(TOAST)?.remove()
  const toast = showToast("")
  toast.id = TOAST
  toast.append(...signInNotice())
}

const signInPath = (root) => `${root}sign-in/`
const rootOf = (page) => page.querySelector("meta[name=turbo-root]").content
