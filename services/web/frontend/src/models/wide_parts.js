// Lets people scroll by keyboard what is wider than its place, and only while it is: code, tables and formulas.

const LABELS = { "pre > code": "Code", ".table-scroller": "Table", ".formula__scroller": "Formula" }
const SCROLLERS = Object.keys(LABELS).join()
const LINE_FORMULA = "bdi:has(> math)"
const LINES = ".prose :is(p, li, h3, h4, h5, h6, summary):has(bdi > math)"
const WATCHED = `${SCROLLERS}, ${LINES}`
const SCROLLED = "formula__scroller"
const OURS = ["tabindex", "role", "aria-label"]

/** Watches the code, tables and formulas below `root`. Their sizes are asked for when they are laid out, never before. */
export class WideParts {
  #root
  #sizes = new ResizeObserver((entries) => this.#measure(entries.map(({ target }) => target)))
  #news = new MutationObserver((changes) => this.#look(changes))

  constructor(root) {
    this.#root = root
  }

  start() {
    this.#news.observe(this.#root, { childList: true, subtree: true })
    this.#watch(this.#root)
    this.#root.addEventListener("turbo:before-morph-attribute", keepOurs)
  }

  stop() {
    this.#news.disconnect()
    this.#sizes.disconnect()
    this.#root.removeEventListener("turbo:before-morph-attribute", keepOurs)
  }

  #look(changes) {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) this.#watch(node)
    }
  }

  #watch(element) {
    if (element.matches(WATCHED)) this.#sizes.observe(element)
    for (const part of element.querySelectorAll(WATCHED)) this.#sizes.observe(part)
  }

  // All is read before anything is written: so nothing is laid out twice.
  #measure(parts) {
    const scrollers = parts.filter((part) => part.matches(SCROLLERS)).map((part) => [part, isWide(part)])
    const outside = parts.filter((part) => part.matches(LINES)).flatMap(formulasOutside)
    for (const [part, wide] of scrollers) mark(part, wide)
    for (const formula of outside) this.#putOnALine(formula)
  }

  #putOnALine(formula) {
    formula.classList.add(SCROLLED)
    this.#sizes.observe(formula)
  }
}

// A formula within a line cannot be broken. One that is wider than all lines gets one of its own, in which it scrolls.
function formulasOutside(text) {
  const edge = text.getBoundingClientRect()
  const isOutside = ({ left, right }) => left < edge.left - 1 || right > edge.right + 1
  return [...text.querySelectorAll(LINE_FORMULA)].filter((formula) => isOutside(formula.getBoundingClientRect()))
}

const isWide = ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth

function mark(part, wide) {
  if (wide === part.hasAttribute("tabindex")) return
  if (wide) {
    part.tabIndex = 0
    part.setAttribute("role", "group")
    part.setAttribute("aria-label", labelOf(part))
  } else {
    for (const name of OURS) part.removeAttribute(name)
  }
  // On one line again, now that there is room.
  if (!wide && part.matches(LINE_FORMULA)) part.removeAttribute("class")
}

function labelOf(part) {
  return Object.entries(LABELS).find(([selector]) => part.matches(selector))[1]
}

// No server renders them.
function keepOurs(event) {
  const { target, detail } = event
  const isOurs = OURS.includes(detail.attributeName) || (detail.attributeName === "class" && target.matches(LINE_FORMULA))
  if (isOurs && target.matches(SCROLLERS)) event.preventDefault()
}
