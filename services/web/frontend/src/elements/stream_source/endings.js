// What a close code tells a page to do next.

export const BROKEN = 1006
export const FORBIDDEN = 4507

const DRAINED = 4000
const TOKEN_EXPIRED = 4005
const ROTATED = 4011
const TOO_MUCH_SAID = 4013
const LONGEST_HINT = 60_000

/** Whether nothing is to be had by coming back. */
export function isFinal(code) {
  return code >= 4500 && code < 5000
}

/** Milliseconds until the next attempt. Who is sent away only comes back soon; who fails comes back later each time. */
export function pauseAfter(code, reason, backoff) {
  if (code === DRAINED) return hint(reason) + backoff.soon()
  if (code === TOKEN_EXPIRED || code === ROTATED) return backoff.soon()
  if (code === TOO_MUCH_SAID) return backoff.late()
  return backoff.next()
}

function hint(reason) {
  const [, milliseconds] = /^retry=([0-9]{1,9})$/.exec(reason) ?? [0, 0]
  return Math.min(Number(milliseconds), LONGEST_HINT)
}
