// Gives code blocks a button that copies them.

const BLOCKS = ".message__done pre, .reasoning__done pre"

/** Adds the button to every finished code block at or below `element` that has none. */
export function addCopyButtons(element) {
  const blocks = [...element.querySelectorAll("pre")]
  if (element.matches("pre")) blocks.push(element)
  for (const block of blocks) {
    if (block.matches(BLOCKS) && !block.querySelector(":scope > .copy")) block.append(copyButton(block.ownerDocument))
  }
}

/** The code beside `button`. */
export function textOf(button) {
  return button.parentElement.querySelector("code").textContent
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

function copyButton(document) {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "copy"
  button.textContent = "Copy"
  return button
}

// Plain HTTP on a LAN has no clipboard, but still the command of old.
function copyBySelection(text) {
  const focused = document.activeElement
  const box = document.createElement("textarea")
  box.className = "visually-hidden"
  box.value = text
  document.body.append(box)
  box.select()
  const isCopied = document.execCommand("copy")
  box.remove()
  focused?.focus({ preventScroll: true })
  return isCopied
}
