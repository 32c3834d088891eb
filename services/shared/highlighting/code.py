"""Code that can be coloured, and its colours."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.shared.highlighting.languages import known_language

MAX_LENGTH: Final = 100_000
"""Longer code, in characters, stays plain: no lexer would finish it in time."""
MAX_HTML_LENGTH: Final = 4_000_000
"""Code with longer HTML stays plain, too."""


class Code(NamedTuple):
    """A text and its language, by Pygments' name."""

    language: str
    text: str


type Colours = Mapping[Code, str | None]
"""The escaped HTML of code, with spans that have Pygments' short classes.

None means that the code always stays plain. Code that is missing has missed its deadline this time.
"""


def code_to_colour(text: str, language: str) -> Code | None:
    """Return code if its language, as people name it, is known; None if it stays plain."""
    known = known_language(language)
    return Code(known, text) if known and text and len(text) <= MAX_LENGTH else None
