"""From the bytes of a response to the pieces of an answer."""
