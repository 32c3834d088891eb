// The time that is left, in words.

const MINUTE = 60
const HOUR = 60 * MINUTE
const FEW = 3

/** Says when something will be that is `milliseconds` away: "in 7 s", "in 12 min", "in 5 h", "now". */
export function timeUntil(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1_000)
  if (!(seconds > 0)) return "now"
  if (seconds < FEW * MINUTE) return `in ${seconds} s`
  if (seconds < FEW * HOUR) return `in ${Math.ceil(seconds / MINUTE)} min`
  return `in ${Math.ceil(seconds / HOUR)} h`
}
