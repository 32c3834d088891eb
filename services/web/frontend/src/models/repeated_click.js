// Tells the second click of a double click from a click.

/** Whether `event` is the second or a later one of clicks in quick succession at one place; a key press counts as none. */
export function isRepeatedClick({ detail }) {
  return detail > 1
}
