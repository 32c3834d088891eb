"""Tables: where a cell stands, and how many cells a parser would make up."""

from typing import Final

from services.shared.markdown.elements import Element

_DELIMITER_ROW: Final = frozenset(" \t>|:-")


def padded_cells(text: str) -> int:
    """Count, at most, the empty cells that complete the short rows of the tables in `text`.

    A row may leave cells out (GFM, "Tables"), so that a few characters can ask for thousands:
    500 columns and 500 rows are 3 KB of source and 2 MB of HTML.
    """
    padded = columns = 0
    for line in text.splitlines() if "|" in text else ():
        bars = line.count("|")
        if not line.strip(" \t>"):
            columns = 0
        elif bars and _DELIMITER_ROW.issuperset(line):
            columns = max(columns, bars + 1)
        elif columns:
            padded += max(0, columns - bars - 1)
    return padded


class TableCells:
    """Walks through the cells of one table, row by row, the head first."""

    __slots__ = ("_alignments", "_column", "_head")

    def __init__(self, alignments: tuple[str, ...] = ()) -> None:
        self._alignments = alignments
        self._column = 0
        self._head = True

    def start_row(self, *, head: bool) -> None:
        """Go to the first cell of the next row."""
        self._head = head
        self._column = 0

    def next_cell(self) -> Element:
        """Return the next cell of the row; its alignment is a class, as no style is allowed."""
        alignment = self._alignments[self._column]
        self._column += 1
        classes = "" if alignment == "None" else f' class="align-{alignment.lower()}"'
        return Element("th" if self._head else "td", classes)
