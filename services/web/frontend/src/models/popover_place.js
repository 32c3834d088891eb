// Where a popover goes that belongs to an element.

const GAP = 4
const MARGIN = 8

/** The place for a box of `size` beside `anchor` in a `view`: below it, or above where there is no room. */
export function besideOf(anchor, size, view) {
  const below = anchor.bottom + GAP
  const above = anchor.top - GAP - size.height
  const hasRoom = below + size.height <= view.height - MARGIN || above < MARGIN
  return {
    left: clamp(anchor.left, view.width - size.width),
    top: clamp(hasRoom ? below : above, view.height - size.height),
  }
}

/** Tells the style of `popover` where it goes; on a narrow page the style makes a sheet of it. */
export function placeBeside(popover, element) {
  const view = { width: window.innerWidth, height: window.innerHeight }
  const place = besideOf(element.getBoundingClientRect(), popover.getBoundingClientRect(), view)
  popover.style.setProperty("--menu-left", `${place.left}px`)
  popover.style.setProperty("--menu-top", `${place.top}px`)
}

const clamp = (value, room) => Math.max(MARGIN, Math.min(value, room - MARGIN))
