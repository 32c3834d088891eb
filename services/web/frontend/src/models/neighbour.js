// The item before or after another in a list.

/** Stays at the ends; without a current item `step` 1 is the first and -1 the last. */
export function neighbour(items, current, step) {
  const at = items.indexOf(current)
  if (at < 0) return step > 0 ? items[0] : items.at(-1)
  return items[Math.min(Math.max(at + step, 0), items.length - 1)]
}
