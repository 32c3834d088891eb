// The two ways to a gateway. Each opens a connection and tells `listener`: opened(), heard(frame), beat(position),
// closed(code, reason).
import { BROKEN } from "./endings.js"

const PROTOCOL = "turbo-stream.v1"
const TOKEN_PREFIX = "t."

/** Opens a WebSocket, whose heartbeats are binary frames. Returns what closes it without a word. */
export function openWebSocket({ url, token, since }, listener) {
  const address = withQuery(url, { since })
  address.protocol = address.protocol.replace(/^http/, "ws")
  const socket = new WebSocket(address, token ? [PROTOCOL, TOKEN_PREFIX + token] : [PROTOCOL])
  socket.binaryType = "arraybuffer"
  const { on, silence } = listenersOf(socket)
  on("open", () => listener.opened())
  on("message", ({ data }) => (typeof data === "string" ? listener.heard(data) : listener.beat(textOf(data))))
  on("close", ({ code, reason }) => listener.closed(code, reason))
  return () => {
    silence()
    socket.close()
  }
}

/** Opens Server-Sent Events; they end with the first error: the browser's own second try would take the old token. */
export function openEventSource({ url, token, since }, listener) {
  const source = new EventSource(withQuery(url, { token, since }))
  const { on, silence } = listenersOf(source)
  const close = () => {
    silence()
    source.close()
  }
  on("open", () => listener.opened())
  on("message", ({ data }) => listener.heard(data))
  on("beat", ({ data }) => listener.beat(data))
  on("error", () => {
    close()
    listener.closed(BROKEN, "")
  })
  return close
}

function textOf(bytes) {
  return new TextDecoder().decode(bytes)
}

function withQuery(url, parameters) {
  const address = new URL(url, document.baseURI)
  for (const [name, value] of Object.entries(parameters)) {
    if (value) address.searchParams.set(name, value)
  }
  return address
}

function listenersOf(target) {
  const over = new AbortController()
  const on = (type, listener) => target.addEventListener(type, listener, { signal: over.signal })
  return { on, silence: () => over.abort() }
}
