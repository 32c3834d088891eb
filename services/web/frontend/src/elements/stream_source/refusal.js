// Tells an application's own refusal from what a proxy answers while the application is away: that may be 403 or 404.

/** Why a stream has ended, if somebody has to sign in first. */
export const SIGNED_OUT = "signed out"

const NOT_SIGNED_IN = 401
const REFUSAL = "natter-refusal"

/** Whether nothing is to be had by asking again: somebody has to sign in first, or the application itself says so. */
export function isRefusal(response) {
  return response.status === NOT_SIGNED_IN || response.headers.has(REFUSAL)
}

/** Whether the application itself, and no proxy, says that somebody has to sign in first. */
export function isNotSignedIn(response) {
  return response.status === NOT_SIGNED_IN && response.headers.has(REFUSAL)
}
