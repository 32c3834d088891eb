"""The publications of each group, and their positions in the stream."""

from collections import defaultdict
from dataclasses import dataclass, field

from services.shared.bus.subjects import Group


@dataclass(slots=True)
class Book:
    """One group's publications, numbered from 1.

    `rows` of them are committed: a page that is rendered now shows them. `sequences` tells the
    place of those that the stream has acknowledged, `head` the last of these places.
    """

    rows: int = 0
    head: int = 0
    sequences: dict[int, int] = field(default_factory=dict)

    def store(self, number: int, sequence: int) -> None:
        """Take down where the stream keeps a number."""
        self.sequences[number] = sequence
        self.head = max(self.head, sequence)

    def after(self, sequence: int) -> list[int]:
        """List the numbers that are stored after this place, in the stream's order."""
        later = [(place, number) for number, place in self.sequences.items() if place > sequence]
        return [number for _, number in sorted(later)]

    def until(self, sequence: int) -> list[int]:
        """List the numbers that are stored up to this place."""
        return [number for number, place in self.sequences.items() if place <= sequence]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every group's book."""

    books: defaultdict[Group, Book] = field(default_factory=lambda: defaultdict(Book))

    @property
    def published(self) -> int:
        """The number of publications that the stream has acknowledged."""
        return sum(len(book.sequences) for book in self.books.values())
