"""Limits the empty cells that the parser adds to short rows of tables."""

from collections.abc import Iterator
from typing import Final

_DELIMITER_ROW: Final = frozenset(" \t>|:-")
_AROUND: Final = " \t>"
_MAX_PADDED_CELLS: Final = 10_000


class TableLimit:
    """Follows the lines of a text and ends its tables when their rows lack too many cells.

    A row may leave cells out (GFM, "Tables"), so that a few characters can produce thousands of
    cells: 500 columns and 500 rows are 3 KB of source and 2 MB of HTML. From the row that exceeds
    10,000 missing cells on, the rows of the text are prose.
    """

    __slots__ = ("_columns", "_padded")

    def __init__(self) -> None:
        self._columns = 0
        self._padded = 0

    def read(self, lines: str) -> str:
        """Return the next lines, changed so that the parser sees no table beyond the limit."""
        if not self._columns and "|" not in lines:
            return lines
        end = "\n" if lines.endswith("\n") else ""
        return "\n".join(self._limited(lines.removesuffix("\n").split("\n"))) + end

    def _limited(self, lines: list[str]) -> Iterator[str]:
        for line in lines:
            bars = line.count("|")
            if not line.strip(_AROUND):
                self._columns = 0
                yield line
            elif bars and _DELIMITER_ROW.issuperset(line):
                yield self._delimiter_row(line, bars)
            else:
                yield from self._row(line, bars)

    def _delimiter_row(self, line: str, bars: int) -> str:
        if self._padded > _MAX_PADDED_CELLS:
            start = len(line) - len(line.lstrip(_AROUND))
            return f"{line[:start]}\\{line[start:]}"
        self._columns = max(self._columns, bars + 1)
        return line

    def _row(self, line: str, bars: int) -> Iterator[str]:
        if self._columns:
            self._padded += max(0, self._columns - bars - 1)
            if self._padded > _MAX_PADDED_CELLS:
                self._columns = 0
                yield ""
        yield line
