// What the server says about a request that it has refused.
const FAILED = "That could not be done. Please try again."
const TOO_MANY = 429

/** Whether the answer is the form that was sent, which says itself what is wrong or which limit is reached. */
export function isSentBack({ status }, form) {
  return status === 422 || (status === TOO_MANY && form.matches(".edit"))
}

/** A sentence for the reader: the server's own if a limit is reached. */
export async function refusalWords(response) {
  if (response?.status !== TOO_MANY) return FAILED
  const page = new DOMParser().parseFromString(await response.clone().text(), "text/html")
  return page.querySelector(".error-page__message")?.textContent || FAILED
}
