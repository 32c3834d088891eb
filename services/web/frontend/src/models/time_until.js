// The time that is left, in words.

const MINUTE = 60
const LONG = 3 * MINUTE

/** Says when something will be that is `milliseconds` away: "in 7 s", "in 12 min", "now". */
export function timeUntil(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1_000)
  if (!(seconds > 0)) return "now"
  return seconds < LONG ? `in ${seconds} s` : `in ${Math.ceil(seconds / MINUTE)} min`
}
