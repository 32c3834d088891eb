// A slash at the beginning of the message box asks for prompts; what follows it is the beginning of a name.

/** What is asked for, in lower case, or null if the text is a message. */
export function promptQuery(text) {
  return /^\/[^\n]*$/.test(text) ? text.slice(1).trimStart().toLowerCase() : null
}

/** Whether `name` or one of its later words begins with `query`. */
export function isAskedFor(name, query) {
  const words = ` ${name.toLowerCase().replace(/\s+/g, " ")}`
  return words.includes(` ${query}`)
}
