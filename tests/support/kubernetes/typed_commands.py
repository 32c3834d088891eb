"""The commands of a shell fence, as a shell parts them."""

import re
import shlex
from collections.abc import Iterator
from typing import Final

_HERE_DOCUMENT: Final = re.compile(r"<<'(\w+)'\n.*?^\1$", re.DOTALL | re.MULTILINE)
_BETWEEN: Final = {"|", "&&", ";"}
_REDIRECTING: Final = {"<", ">"}


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command, without what is redirected into it or out of it."""
    for line in _lines(_HERE_DOCUMENT.sub("", text)):
        words: list[str] = []
        before = ""
        for word in _words(line):
            if word in _BETWEEN:
                yield words
                words = []
            elif not {word, before} & _REDIRECTING:
                words.append(word)
            before = word
        if words:
            yield words


def _words(line: str) -> Iterator[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    yield from lexer


def _lines(text: str) -> Iterator[str]:
    """Yield whole lines: one with an open quotation or a backslash at its end goes on."""
    held = ""
    for line in text.splitlines():
        held += line
        if held.endswith("\\"):
            held = held[:-1]
        elif held.count("'") % 2:
            held += " "
        else:
            yield held
            held = ""
