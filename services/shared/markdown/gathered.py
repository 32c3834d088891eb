"""Text that is gathered piece by piece, and joined only when somebody looks."""


class Gathered:
    """Pieces of text; adding one costs nothing in proportion to those before it."""

    __slots__ = ("_pieces", "length")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.length = 0

    def add(self, piece: str) -> None:
        """Add a piece at the end."""
        self._pieces.append(piece)
        self.length += len(piece)

    def text(self) -> str:
        """Return all of it."""
        self._pieces[:] = ["".join(self._pieces)]
        return self._pieces[0]

    def take(self) -> str:
        """Return all of it and be empty."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self.length = 0
        return text


def each_line(text: str) -> list[str]:
    """Split text after its line feeds, and nowhere else."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + lines[-1:] * (lines[-1] != "")
