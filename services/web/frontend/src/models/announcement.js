// Says a few words to a screen reader, by the one polite status of the page.

// Words that are there already are not read out again: with this they are others.
const AGAIN = "\u00a0"

/** Puts `words` into the page's status. */
export function announce(document, words) {
  const status = document.getElementById("announcements")
  if (status) status.textContent = status.textContent === words ? words + AGAIN : words
}
