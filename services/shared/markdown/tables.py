"""Tables: which cell comes next, and how it is aligned."""

from typing import Final

from services.shared.markdown.elements import TABLE_HEAD, TABLE_ROW, Element, element

# No style is allowed, so that an alignment is a class.
_CELLS: Final = {
    (name, alignment): element(
        name, "" if alignment == "None" else f' class="align-{alignment.lower()}"'
    )
    for name in ("th", "td")
    for alignment in ("None", "Left", "Center", "Right")
}


class TableCells:
    """Walks through the cells of one table, row by row, the head first."""

    __slots__ = ("_alignments", "_column", "_name")

    def __init__(self, alignments: tuple[str, ...] = ()) -> None:
        self._alignments = alignments
        self._column = 0
        self._name = "td"

    def start(self, tag: str) -> Element:
        """Go on to the head, a row or a cell, and return its element."""
        if tag == "TableCell":
            self._column += 1
            return _CELLS[self._name, self._alignments[self._column - 1]]
        self._column = 0
        self._name = "th" if tag == "TableHead" else "td"
        return TABLE_HEAD if tag == "TableHead" else TABLE_ROW
