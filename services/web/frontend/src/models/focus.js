// Where a script may move the focus to.

/**
 * Whether the focus is nowhere, in one of `places` or around it: a reader who has gone on to something else is not fetched
 * back. Around it, because some browsers give the focus of a link that is clicked to what holds the link.
 */
export function isFocusFree(...places) {
  const { activeElement, body } = document
  const isAt = (place) => place.contains(activeElement) || activeElement.contains(place)
  return !activeElement || activeElement === body || places.filter(Boolean).some(isAt)
}
