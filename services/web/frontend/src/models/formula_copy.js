// What is copied of a selection that has formulas in it: their TeX, between dollars, where a browser would give single
// letters and signs.

const FORMULAS = ".prose :is(.formula, bdi):has(math)"

/** The text and the HTML to copy of `selection`; null where the browser's own are right. */
export function copyOf(selection) {
  const { ownerDocument: document } = selection.anchorNode ?? {}
  if (!document || selection.isCollapsed || selection.rangeCount !== 1) return null
  const range = withWholeFormulas(selection.getRangeAt(0))
  const formulas = document.querySelectorAll(FORMULAS)
  return Array.from(formulas).some((formula) => range.intersectsNode(formula)) ? copied(document, range) : null
}

function withWholeFormulas(selected) {
  const range = selected.cloneRange()
  const first = formulaAround(range.startContainer)
  const last = formulaAround(range.endContainer)
  if (first) range.setStartBefore(first)
  if (last) range.setEndAfter(last)
  return range
}

function formulaAround(node) {
  return (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest(FORMULAS)
}

// Only what is in the page has lines, and styles that say what cannot be selected.
function copied(document, range) {
  const page = document.createElement("div")
  page.className = "prose visually-hidden"
  page.inert = true
  page.append(range.cloneContents())
  document.body.append(page)
  try {
    return contentOf(page)
  } finally {
    page.remove()
  }
}

function contentOf(page) {
  for (const element of page.querySelectorAll("*")) if (!isSelectable(element)) element.remove()
  const html = page.innerHTML
  for (const formula of page.querySelectorAll(".formula, bdi")) writeTex(formula)
  return { text: page.innerText.trim(), html }
}

const isSelectable = (element) => getComputedStyle(element).userSelect !== "none"

function writeTex(formula) {
  const tex = formula.querySelector("annotation")?.textContent
  if (tex === undefined) return
  if (formula.matches("bdi")) return formula.replaceWith(`$${tex}$`)
  const block = formula.ownerDocument.createElement("pre")
  block.textContent = `$$${tex}$$`
  formula.replaceWith(block)
}
