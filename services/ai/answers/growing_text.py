"""A text that grows by many small pieces."""

from dataclasses import dataclass, field
from typing import Self, override


@dataclass(slots=True)
class GrowingText:
    """Its pieces in order, joined on demand; `length` is in characters."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0

    @classmethod
    def of(cls, text: str) -> Self:
        """Begin with `text`."""
        return cls([text], len(text))

    def add(self, piece: str) -> None:
        """Go on with `piece`."""
        if piece:
            self.pieces.append(piece)
            self.length += len(piece)

    @override
    def __str__(self) -> str:
        self.pieces = ["".join(self.pieces)]
        return self.pieces[0]
