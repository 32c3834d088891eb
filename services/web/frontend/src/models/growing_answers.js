// Keeps what this page shows of an answer that is still being written when the page is loaded again.

/**
 * The server may know less of such an answer than the page does. Only the page's own morph is concerned: a stream that
 * begins an answer anew has every right to.
 */
export function keepGrowingAnswers(root) {
  root.addEventListener("turbo:before-render", ({ detail }) => {
    const { render, renderMethod } = detail
    if (renderMethod !== "morph") return
    detail.render = (current, fresh) => {
      putBackFurtherAnswers(fresh, current)
      return render(current, fresh)
    }
  })
}

/** Puts those answers of `current` into `fresh` that both show as being written and of which `current` shows more. */
export function putBackFurtherAnswers(fresh, current) {
  for (const answer of fresh.querySelectorAll(".message[aria-busy='true']")) {
    const shown = current.querySelector(`#${CSS.escape(answer.id)}[aria-busy='true']`)
    if (shown && shown.textContent.length > answer.textContent.length) answer.replaceWith(shown.cloneNode(true))
  }
}
