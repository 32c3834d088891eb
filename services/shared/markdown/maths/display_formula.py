"""One formula on several lines, from its first line on."""

import re
from copy import copy
from itertools import starmap
from typing import Final

from services.shared.markdown.safety.placeholders import (
    DISPLAY,
    ENVIRONMENT,
    KINDS,
    WORD,
    as_written,
    without_syntax,
)
from services.shared.markdown.source_lines import CONTAINER_MARKERS, indent, nesting_of, split_line

_NAMES: Final = "|".join(
    (
        *("align", "alignat", "alignedat", "aligned", "array", "displaymath", "eqnarray"),
        *("equation", "flalign", "gather", "gathered", "multline", "split", "subequations"),
        *("[dr]?cases", "[bBpvV]?matrix", "smallmatrix"),
    )
)
_KINDS: Final = "".join(sorted(KINDS))
# Price ratings such as `$$` have none of these.
_ANY_TEX: Final = r"(?:\\[A-Za-z]|[\^_]|[\w)] *=)"
BEGIN: Final = re.compile(
    rf"({CONTAINER_MARKERS})(?:(?=\\begin\{{(?P<name>{_NAMES})\*?\}})"
    rf"|(?P<delimiter>\$\${DISPLAY}?[ \t]*)(?=\n)"
    rf"|(?P<opening>\$\$(?:{DISPLAY}(?!.*{DISPLAY}\$\$)|(?![${_KINDS}])(?!.*\$\$)(?=.*{_ANY_TEX})))"
    r"(?=.*\n))"
)
"""Matches a line in which a formula begins, up to its content: an environment, or delimited."""
# What ends a formula that begins with each delimiter.
_ENDS: Final = {
    "$$": re.compile(rf"(?<![\\${_KINDS}])\$\$(?![${_KINDS}])"),
    f"$${DISPLAY}": re.compile(rf"{DISPLAY}\$\$"),
}
# Behind a blank line, or with less indentation, only such lines belong to a formula.
_TEX: Final = re.compile(r"&|\\[\\A-Za-z]")


class DisplayFormula:
    """A formula that has begun: its lines so far, each as container markers and content."""

    __slots__ = (
        *("_delimiter", "_depth", "_edge", "_is_paragraph", "_lines", "_nesting", "_rest"),
        *("is_over", "length"),
    )

    def __init__(self, found: re.Match[str]) -> None:
        self._delimiter = found["delimiter"] or found["opening"] or ""
        self._is_paragraph = found["opening"] is not None
        self._nesting = nesting_of(found[1])
        self._edge = (
            _ENDS[self._delimiter.rstrip()]
            if self._delimiter
            else re.compile(rf"\\(?:(?P<begin>begin)|end)\{{{found['name']}\*?\}}")
        )
        self._depth = 1 if self._delimiter else 0
        self._lines: list[tuple[str, str]] = []
        self._rest = ""
        self.is_over = False
        self.length = 0

    def twin(self) -> "DisplayFormula":
        """Return a copy."""
        twin = copy(self)
        twin.detach()
        return twin

    def detach(self) -> None:
        """Stop sharing lines with the formula that this is a copy of."""
        self._lines = self._lines.copy()

    def add(self, line: str) -> bool:
        """Take the next line if it belongs to the formula; return whether it does."""
        parts = split_line(line, self._nesting.quotes)
        if parts is None or self._ends_before(*parts):
            return False
        self.take(*parts)
        return True

    def take(self, containers: str, content: str) -> None:
        """Take the content of a line."""
        end = start = len(content.rstrip("\n"))
        for edge in self._edge.finditer(content):
            self._depth += 1 if edge.groupdict().get("begin") else -1
            if self._depth == 0:
                self.is_over, end = True, edge.end()
                start = edge.start() if self._delimiter else end
                break
        self._lines.append((containers, content[:start]))
        self._rest = content[end:]
        self.length += len(containers) + len(content)

    def source(self) -> str:
        """Return the lines as a formula between dollars, and the rest of the last line."""
        [(containers, first), *others] = self._lines
        if self._delimiter and not self.is_over:
            untouched = [f"{containers}{self._delimiter}{first}", *map("".join, others)]
            return "\n".join(untouched) + self._rest
        behind = self._rest
        while not self.is_over and others and not others[-1][1].strip():
            behind = f"\n{others.pop()[0]}{behind}"
        mark = self._delimiter.strip("$ \t") if self._delimiter else ENVIRONMENT
        written = [f"{containers}$${mark}{_plain(first)}", *starmap(self._written, others)]
        return "\n".join(written) + f"{mark}$${behind}"

    def _written(self, containers: str, content: str) -> str:
        """Return a line that to the parser does not end its paragraph or container."""
        if content.strip():
            return containers + _plain(content)
        missing = " " * (self._nesting.indent - indent(containers))
        return f"{containers}{missing}{WORD}"

    def _ends_before(self, containers: str, content: str) -> bool:
        """Return whether the formula ends before a line."""
        if self._is_paragraph and not content.strip():
            return True
        is_behind_blank = len(self._lines) > 1 and not self._lines[-1][1].strip()
        if not is_behind_blank and indent(containers) >= self._nesting.indent:
            return False
        if not content.strip() or (self._delimiter and self._edge.match(content)):
            return False
        return not _TEX.search(content) or BEGIN.match(content) is not None


def _plain(content: str) -> str:
    return without_syntax(as_written(content))
