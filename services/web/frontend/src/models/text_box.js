// The message box as a control: which key sends, and how high it stands.

/**
 * Enter sends and Shift+Enter breaks the line; with `enter` as "newline" only Ctrl+Enter, or Command, sends. Enter that
 * picks a word in an input method does neither (229: Safari).
 */
export function asksToSend({ key, shiftKey, ctrlKey, metaKey, isComposing, keyCode }, enter) {
  const isEnter = key === "Enter" && !shiftKey && !isComposing && keyCode !== 229
  return isEnter && (enter !== "newline" || Boolean(ctrlKey || metaKey))
}

/** Makes `box` as high as its text, up to the style's limit; browsers with `field-sizing` need no help. */
export function fitHeight(box) {
  if (CSS.supports("field-sizing", "content")) return
  box.style.height = "auto"
  box.style.height = `${box.scrollHeight}px`
}
