"""A tail that goes on with plain words: they are put at the end of its text, nothing is parsed.

Most pieces of prose are no more than that. No word closes or opens anything in markdown, and what
is open before it stays text; but it may be joined to what is, so the word before stands alone.
"""

import re
from typing import Final

from services.shared.markdown.sanitizer import sanitize

_WORDS: Final = re.compile(r"(?:[^\W_]|[ ,'\"!?-])+")
_CLOSING_TAGS: Final = re.compile("(?:</(?:p|li|ul|ol|blockquote|h[3-6])>)+")


def is_words(piece: str) -> bool:
    """Say whether a piece of text is nothing but words, which may be broken at its ends."""
    return _WORDS.fullmatch(piece) is not None


def run_on(html: str, line: str, words: str) -> str | None:
    """Return what becomes of a tail whose last line, up to now `line`, goes on with `words`.

    None, for a tail to be written anew, unless the line ends with a word of letters and digits and
    its text ends the HTML. The text has no definition in it, of which a word may be a part.
    """
    text = line.rstrip(" ")
    word = text[text.rfind(" ") + 1 :]
    end = html.rfind(word) + len(word)
    if not word.isalnum() or not _CLOSING_TAGS.fullmatch(html, end):
        return None
    more = sanitize((line[len(text) :] + words).rstrip(" "))
    return f"{html[:end]}{more}{html[end:]}"
