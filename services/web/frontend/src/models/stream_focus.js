// Leaves the focus to the reader while streams are rendered.

/**
 * Turbo notes the id of what has the focus when a message of streams comes, and gives it the focus a frame later. While
 * an answer is written such a frame is under way most of the time: whoever left the message box by key or click was
 * fetched back into it. So `renderer`, which is Turbo's, finds nothing focused; where the element itself is replaced,
 * `keepReaderState` gives the focus to its successor.
 */
export function leaveFocus(document, renderer) {
  const render = renderer.render
  renderer.render = (message) => {
    Object.defineProperty(document, "activeElement", { value: null, configurable: true })
    try {
      render.call(renderer, message)
    } finally {
      delete document.activeElement
    }
  }
}
