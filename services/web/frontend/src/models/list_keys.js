// Arrow keys in a list that is searched: the field to search in comes before the first item.

const STEPS = { ArrowDown: 1, ArrowUp: -1 }

/** The element of `items` that `key` leads to from `current`; null where the key leads nowhere. */
export function stepTo(key, items, current) {
  const step = STEPS[key]
  const place = items.indexOf(current)
  if (!step || place < 0) return null
  return items[place + step] ?? null
}
