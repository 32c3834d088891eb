// Brings one element of the page up to date with the server's present rendering of it.
import * as Turbo from "@hotwired/turbo"

const PATIENCE = 10_000

/** Fetches the page again and morphs the element with this id; rejects when the page cannot be had or `signal` aborts. */
export async function refreshElement(id, signal) {
  const response = await fetch(window.location.href, {
    headers: { Accept: "text/html" },
    cache: "no-store",
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
  })
  if (!response.ok) throw new Error(`The page answered ${response.status}`)
  const page = new DOMParser().parseFromString(await response.text(), "text/html")
  const fresh = page.getElementById(id)
  if (!fresh) throw new Error(`The page has no element ${id}`)
  keepFurtherAnswers(fresh, document)
  Turbo.renderStreamMessage(morphing(id, fresh))
}

// The server may know less than this page of an answer that is still being written.
function keepFurtherAnswers(fresh, page) {
  for (const answer of fresh.querySelectorAll(".message[aria-busy='true']")) {
    const shown = page.getElementById(answer.id)
    if (shown && shown.textContent.length > answer.textContent.length) answer.replaceWith(shown.cloneNode(true))
  }
}

function morphing(id, fresh) {
  const stream = document.createElement("turbo-stream")
  stream.setAttribute("action", "replace")
  stream.setAttribute("method", "morph")
  stream.setAttribute("target", id)
  const template = document.createElement("template")
  template.content.append(fresh)
  stream.append(template)
  return stream.outerHTML
}
