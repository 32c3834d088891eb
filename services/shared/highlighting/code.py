"""Code that can be coloured, and what came of it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.shared.highlighting.languages import known_language

MAX_LENGTH: Final = 100_000
"""Characters above which code stays plain: no lexer would be through with it in time."""
MAX_HTML_LENGTH: Final = 4_000_000
"""Characters of its HTML, likewise."""


class Code(NamedTuple):
    """A text in a language, which has the name that Pygments gives it."""

    language: str
    text: str


type Colours = Mapping[Code, str | None]
"""The escaped HTML of code, in which spans have Pygments' short classes.

None stands for code that stays plain, however often it is asked for; code that is missing has
missed its deadline this time.
"""


def code_to_colour(text: str, language: str) -> Code | None:
    """Return code whose language, as people name it, is known; None where it stays plain."""
    known = known_language(language)
    return Code(known, text) if known and text and len(text) <= MAX_LENGTH else None
