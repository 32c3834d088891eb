// Copies a block of code, or the TeX of a formula.

/** The code or the TeX that `button` copies. */
export function textOf(button) {
  const formula = button.closest(".formula")
  return (formula ?? button.closest("pre")).querySelector(formula ? "annotation" : "code").textContent
}

/** Puts `text` on the clipboard; whether that was possible. Browsers give it to secure contexts only. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

// Plain HTTP on a LAN has no clipboard, but still the command of old.
function copyBySelection(text) {
  const focused = document.activeElement
  const selection = document.getSelection()
  const ranges = Array.from({ length: selection.rangeCount }, (_, index) => selection.getRangeAt(index))
  const box = document.createElement("textarea")
  box.className = "visually-hidden"
  box.value = text
  document.body.append(box)
  box.select()
  const isCopied = document.execCommand("copy")
  box.remove()
  focused?.focus({ preventScroll: true })
  for (const range of ranges) selection.addRange(range)
  return isCopied
}
