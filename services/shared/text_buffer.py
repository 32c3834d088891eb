"""A text that grows piece by piece."""

from typing import override


class TextBuffer:
    """Pieces of text, joined only when they are read; `length` is in characters."""

    __slots__ = ("_pieces", "length")

    def __init__(self, text: str = "") -> None:
        self._pieces = [text]
        self.length = len(text)

    def add(self, piece: str) -> None:
        """Add a piece at the end, at the same cost however long the text is."""
        self._pieces.append(piece)
        self.length += len(piece)

    @override
    def __str__(self) -> str:
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def take(self) -> str:
        """Return the text and become empty."""
        text = "".join(self._pieces)
        self._pieces = []
        self.length = 0
        return text
