// The key by which the server knows a message that is sent twice.

/** A random UUID (version 4). `crypto.randomUUID` exists only in secure contexts, plain HTTP on a LAN is none. */
export function randomKey(source = globalThis.crypto) {
  const bytes = source.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}
