"""Tables: which cell comes next, and how it is aligned."""

from services.shared.markdown.elements import Element


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
