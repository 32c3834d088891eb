"""Where a line of source stands: in how many quotations, and how far indented within them.

That is as much of CommonMark's containers (5) as can be told from the line itself.
"""

import re
from typing import Final, NamedTuple

CONTAINER_MARKERS: Final = r"(?:[ \t]*(?:>|(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t])))*[ \t]*"
"""What may stand before the content of a line: marks of quotations and of lists, and spaces."""
_MARK: Final = re.compile(r"\S")
_TAB: Final = 4


class Nesting(NamedTuple):
    """A place in containers: the quotations around it, and its column inside them."""

    quotes: int
    indent: int


OUTERMOST: Final = Nesting(0, 0)


def nesting_of(containers: str) -> Nesting:
    """Return the place of what `CONTAINER_MARKERS` stand before."""
    return Nesting(containers.count(">"), indent(containers))


def indent(containers: str) -> int:
    """Return the columns from the innermost quotation on; its mark takes one space."""
    _, mark, rest = containers.rpartition(">")
    return max(0, len(_MARK.sub(" ", rest).expandtabs(_TAB)) - len(mark))


def split_line(line: str, quotes: int) -> tuple[str, str] | None:
    """Part a line into the marks of so many quotations, with the spaces around, and the rest.

    None if it is not within so many.
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
    """Split text after its line feeds, and nowhere else."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + lines[-1:] * (lines[-1] != "")
