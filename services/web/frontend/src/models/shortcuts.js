// Which command a key stands for.

const LETTERS = {
  "?": "help",
  c: "write",
  n: "newChat",
  s: "search",
  j: "nextMessage",
  k: "previousMessage",
  J: "nextChat",
  K: "previousChat",
  y: "copy",
  e: "edit",
  r: "regenerate",
  m: "model",
  l: "newest",
}

/** `place` is "page", "field" or "message" (the message box, which is `isEmpty` or not). */
export function commandOf(event, { place, isEmpty = false, singleKeys = true, searchKey = true }) {
  const { key, isComposing, keyCode, repeat } = event
  if (isComposing || keyCode === 229) return null
  if (isSearch(event)) return searchKey ? "search" : null
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  if (place === "message") return inMessageBox(event, isEmpty)
  if (place !== "page" || !singleKeys) return null
  const command = LETTERS[key] ?? null
  return repeat && !/^[jk]$/i.test(key) ? null : command
}

function isSearch({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  return key.toLowerCase() === "k" && ctrlKey !== metaKey && !altKey && !shiftKey
}

function inMessageBox({ key, shiftKey, repeat }, isEmpty) {
  if (shiftKey || repeat) return null
  if (key === "ArrowUp" && isEmpty) return "edit"
  return key === "Escape" ? "stop" : null
}
