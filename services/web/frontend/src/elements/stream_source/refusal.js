// Tells an application's own refusal from what a proxy answers while the application is away: that may be 403 or 404.

/** Whether nothing is to be had by asking again: somebody has to sign in first, or the application itself says so. */
export function isRefusal(response) {
  return response.status === 401 || response.headers.has("natter-refusal")
}
