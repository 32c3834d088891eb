// What a button or a link says for a moment about what it has done.

const SHOWN_FOR = 2_000
const passing = new WeakMap()

/** Shows `words` in the place of the last text of `control` for a moment. */
export function sayOn(control, words) {
  const text = control.lastChild
  const { own, timer } = passing.get(text) ?? { own: text.data }
  clearTimeout(timer)
  text.data = words
  const restored = setTimeout(() => {
    text.data = own
    passing.delete(text)
  }, SHOWN_FOR)
  passing.set(text, { own, timer: restored })
}
