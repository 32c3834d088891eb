"""The part of a text that shows what was searched for, with that marked."""

import re
from typing import Final

from markupsafe import Markup, escape

from services.web.search.terms import Terms

BEFORE: Final = 60
LENGTH: Final = 240
_SPACE: Final = re.compile(r"\s+")


def snippet(text: str, terms: Terms) -> Markup:
    """Return some words around the first that was found."""
    found = terms.found_in.search(text)
    at = found.start() if found else 0
    start = _word_start(text, at)
    end = start + LENGTH
    shown = _SPACE.sub(" ", text[start:end]).strip()
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return Markup("{}{}{}").format(before, marked(shown, terms), after)


def marked(text: str, terms: Terms) -> Markup:
    """Mark in a text whatever was searched for."""
    parts: list[Markup] = []
    done = 0
    for found in terms.found_in.finditer(text):
        parts += [escape(text[done : found.start()]), Markup("<mark>{}</mark>").format(found[0])]
        done = found.end()
    return Markup().join([*parts, escape(text[done:])])


def _word_start(text: str, at: int) -> int:
    """Return where a snippet begins that shows the character at `at`: after a space, if one is."""
    earliest = max(0, at - BEFORE)
    space = _SPACE.search(text, earliest, at)
    return space.end() if space and earliest else earliest
