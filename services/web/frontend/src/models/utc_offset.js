// Tells the server how far the reader's clock is ahead of UTC: it groups chats by the reader's days.

const NAME = "utc-offset"
const YEAR = 365 * 24 * 3600

/** Sets the cookie of this page's application; true if the server did not know this offset yet. */
export function tellOffset(document, now = new Date()) {
  const cookie = `${NAME}=${-now.getTimezoneOffset() || 0}`
  if (document.cookie.split("; ").includes(cookie)) return false
  const { content: path } = document.querySelector("meta[name=turbo-root]")
  document.cookie = `${cookie}; path=${path}; max-age=${YEAR}; samesite=lax`
  return true
}
