"""Tables: which cell comes next, and how it is aligned."""

from typing import Final

from services.shared.markdown.elements import Element, element

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

    def start_row(self, *, head: bool) -> None:
        """Go to the first cell of the next row."""
        self._name = "th" if head else "td"
        self._column = 0

    def next_cell(self) -> Element:
        """Return the next cell of the row."""
        self._column += 1
        return _CELLS[self._name, self._alignments[self._column - 1]]
