"""What a person searches for: words, and phrases in quotes."""

import re
from dataclasses import dataclass
from typing import Final

MOST_CHARS: Final = 200

_TERM: Final = re.compile(r'"([^"]*)"|([^\s"]+)')
_UNREADABLE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_SPECIAL: Final = re.compile(r"[%_\\]")


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a text, in lower case, and what the index of parts has of it (`search_grams`).

    It has nothing of one or two letters. These count as the beginning of a word instead.
    """

    text: str
    grams: list[str]

    @property
    def is_beginning(self) -> bool:
        """Whether the term is found at the beginning of a word only."""
        return not self.grams

    @property
    def pattern(self) -> str:
        """The term as Python's pattern."""
        return (r"(?<!\w)" if self.is_beginning else "") + re.escape(self.text)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a text must hold to be found: all of these."""

    terms: list[Term]

    @property
    def likes(self) -> list[str]:
        """The terms as patterns of LIKE."""
        return [f"%{_SPECIAL.sub(r'\\\g<0>', term.text)}%" for term in self.terms]

    @property
    def beginnings(self) -> list[str]:
        """Those that begin a word, as PostgreSQL's patterns; they have nothing to escape."""
        return [rf"\m{term.text}" for term in self.terms if term.is_beginning]

    @property
    def grams(self) -> list[str]:
        """What the index of parts must have of a text."""
        return sorted({gram for term in self.terms for gram in term.grams})

    @property
    def words(self) -> str:
        """What the index of words must have of a text, as a `tsquery`."""
        return " & ".join(f"{term.text}:*" for term in self.terms if term.is_beginning)

    @property
    def indexed(self) -> list[list[str] | str]:
        """What the indexes are asked for: parts, words, or both."""
        return [asked for asked in (self.grams, self.words) if asked]

    @property
    def found_in(self) -> re.Pattern[str]:
        """What a reader's eye should find in a text: the longest terms first."""
        longest = sorted(self.terms, key=lambda term: len(term.text), reverse=True)
        return re.compile("|".join(term.pattern for term in longest), re.IGNORECASE)


def split_query(query: str) -> list[str]:
    """Split what a person typed into words and phrases."""
    found = _TERM.findall(_UNREADABLE.sub(" ", query))
    texts = (" ".join((phrase or word).split()) for phrase, word in found)
    return list(dict.fromkeys(text for text in texts if text))
