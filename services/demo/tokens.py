"""What the demo model calls a token: about four characters, cut where words begin."""

import re

CHARACTERS_PER_TOKEN = 4

# Every character is white space, part of a word, or neither, so the pieces always join to the text.
_PIECE = re.compile(r"\s?\w{1,8}|\s?[^\w\s]{1,4}|\s{1,16}")


def split_tokens(text: str) -> tuple[str, ...]:
    """Cut `text` into tokens ("Hello", " world") whose concatenation is exactly `text`."""
    return tuple(_PIECE.findall(text))


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of `text` from its length alone, rounded up."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)
