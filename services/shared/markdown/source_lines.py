"""Lines of source, and the containers around each as far as the line itself shows them."""

import re
from typing import Final, NamedTuple

CONTAINER_MARKERS: Final = r"(?:[ \t]*(?:>|(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t])))*[ \t]*"
"""Matches what precedes the content of a line: markers of quotations and lists, and spaces."""
_MARK: Final = re.compile(r"\S")
_TAB: Final = 4


class Nesting(NamedTuple):
    """How many quotations stand around a line, and its column inside them (CommonMark 5)."""

    quotes: int
    indent: int


OUTERMOST: Final = Nesting(0, 0)


def nesting_of(containers: str) -> Nesting:
    """Return the nesting of a line that begins with these `CONTAINER_MARKERS`."""
    return Nesting(containers.count(">"), indent(containers))


def indent(containers: str) -> int:
    """Return the column behind the innermost quotation, whose mark takes one space."""
    _, mark, rest = containers.rpartition(">")
    return max(0, len(_MARK.sub(" ", rest).expandtabs(_TAB)) - len(mark))


def split_line(line: str, quotes: int) -> tuple[str, str] | None:
    """Split a line into the marks of that many quotations, with spaces around, and its content.

    Return None if it is in fewer quotations.
    """
    start = 0
    marks = line[: len(line) - len(line.lstrip(" \t>"))]
    for _ in range(quotes):
        start = marks.find(">", start) + 1
        if not start:
            return None
    content = line[start:].lstrip(" \t")
    return line[: len(line) - len(content)], content


def each_line(text: str) -> list[str]:
    """Split text after its line feeds and nowhere else."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + lines[-1:] * (lines[-1] != "")
