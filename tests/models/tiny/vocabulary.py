"""Which tokens there are: words, single bytes, and marks that no text can hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tests.models.tiny.corpus import ANSWERS, THOUGHTS

START: Final = "<|start|>"
ANSWER: Final = "<|answer|>"
END: Final = "<|end|>"
THINK: Final = "<think>"
THOUGHT: Final = "</think>"
CONTROL: Final = (START, ANSWER, END)
SHOWN: Final = (THINK, THOUGHT)
"""Marks that are part of what the model says."""

_PIECE: Final = re.compile(r" ?[A-Za-z]+|.", re.DOTALL)
_WORD: Final = re.compile(r" ?[A-Za-z]+")
_PRINTABLE: Final = (*range(33, 127), *range(161, 173), *range(174, 256))
"""Bytes that byte-level BPE writes as themselves."""


def _letters() -> dict[int, str]:
    """Write each byte as one letter, as GPT-2 does."""
    others = [byte for byte in range(256) if byte not in _PRINTABLE]
    return {byte: chr(byte) for byte in _PRINTABLE} | {
        byte: chr(256 + number) for number, byte in enumerate(others)
    }


LETTERS: Final = _letters()


def pieces(text: str) -> Iterator[str]:
    """Cut text as Llama 3's tokenizer does, with words that are not known left whole."""
    return (found[0] for found in _PIECE.finditer(text))


def written(text: str) -> str:
    """Write text in the letters of byte-level BPE."""
    return "".join(LETTERS[byte] for byte in text.encode())


@dataclass(frozen=True)
class Vocabulary:
    """The tokens in the order of their numbers."""

    words: tuple[str, ...]

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Each token, in the letters of byte-level BPE."""
        return (*LETTERS.values(), *map(written, self.words), *CONTROL, *SHOWN)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each token."""
        return {token: number for number, token in enumerate(self.tokens)}

    def number(self, text: str) -> int:
        """Return the number of a piece of text, or of a mark."""
        marks = (*CONTROL, *SHOWN)
        return self.numbers[text if text in marks else written(text)]


def vocabulary() -> Vocabulary:
    """Take every word that the model has read, but for single letters, which are bytes."""
    found = _WORD.findall(ANSWERS + THOUGHTS)
    return Vocabulary(tuple(sorted({word for word in found if len(word) > 1})))
