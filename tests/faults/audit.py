"""Audits a page: what it showed, against what was published to its group."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from tests.faults.ledger import Book


@dataclass(slots=True)
class View:
    """A page between two renderings: `rows` of it came with the page, read after `position`."""

    position: int
    rows: int
    received: list[tuple[int, int]] = field(default_factory=list)
    """Sequence, as its cursor said, and number of each publication that came by the stream."""


@dataclass(slots=True)
class Record:
    """All that happened to one page, from its first rendering on."""

    views: list[View] = field(default_factory=list)
    repeated: int = 0
    """Publications that came at or before the page's cursor, and so were not shown again."""
    refreshes: int = 0
    """How often an order to refresh made the page load again."""
    loading: int = 0
    """The number of such loads under way."""
    longest_pause: float = 0.0
    """Seconds between two changes of the page."""
    longest_silence: float = 0.0
    """The same, of the time in which it had a connection."""
    last_change: float | None = None
    closed: bool = False
    """Whether the reader closed it: what came later is not missing."""
    absences: list[float] = field(default_factory=list)
    """For how many seconds it was without a connection, each time."""
    left: float | None = None
    connected: float | None = None

    def away_since(self, now: float) -> None:
        """Take down that there is no connection."""
        self.connected = None
        if self.left is None:
            self.left = now

    def back(self, now: float) -> None:
        """Take down that there is a connection again."""
        self.connected = now
        if self.left is not None:
            self.absences.append(now - self.left)
            self.left = None

    def changed(self, now: float) -> None:
        """Take down that the page changed, `now` seconds on any steady clock."""
        if self.last_change is not None:
            pause = now - self.last_change
            self.longest_pause = max(self.longest_pause, pause)
            if self.connected is not None:
                self.longest_silence = max(self.longest_silence, min(pause, now - self.connected))
        self.last_change = now


@dataclass(frozen=True, slots=True)
class Tally:
    """What an audit counted.

    `repeated` were sent once more, though the page had said that it has them: it dropped them.
    `misplaced` cursors named another place than the stream's.
    """

    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    repeated: int = 0
    out_of_order: int = 0
    misplaced: int = 0
    refreshes: int = 0
    longest_pause: float = 0.0
    longest_silence: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.delivered + other.delivered,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.repeated + other.repeated,
            self.out_of_order + other.out_of_order,
            self.misplaced + other.misplaced,
            self.refreshes + other.refreshes,
            max(self.longest_pause, other.longest_pause),
            max(self.longest_silence, other.longest_silence),
        )


def audit(record: Record, book: Book) -> Tally:
    """Count what went wrong on one page; unless it was closed it must be at the book's end."""
    tally = Tally(
        repeated=record.repeated,
        refreshes=record.refreshes,
        longest_pause=record.longest_pause,
        longest_silence=record.longest_silence,
    )
    for view in record.views:
        is_last = view is record.views[-1] and not record.closed
        tally += _audit_view(view, book, book.head if is_last else _furthest(view, book))
    return tally


def has_come_to(record: Record, place: int) -> bool:
    """Return whether the page shows everything of its group up to this place in the stream."""
    if not record.views or record.loading:
        return False
    view = record.views[-1]
    furthest = view.received[-1][0] if view.received else 0
    return max(view.position, furthest) >= place


def _audit_view(view: View, book: Book, end: int) -> Tally:
    numbers = [number for _, number in view.received]
    expected = {number for number in book.after(view.position) if book.sequences[number] <= end}
    unread = [number for number in book.until(view.position) if number > view.rows]
    return Tally(
        delivered=len(numbers),
        lost=len(expected.difference(numbers)) + len(unread),
        doubled=len(numbers) - len(set(numbers)),
        out_of_order=_descents(book.sequences.get(number, 0) for number in numbers),
        misplaced=sum(book.sequences.get(number) != place for place, number in view.received),
    )


def _furthest(view: View, book: Book) -> int:
    """Return the place up to which a view that is over has to be whole: the last it received."""
    return max((book.sequences.get(number, 0) for _, number in view.received), default=0)


def _descents(places: Iterable[int]) -> int:
    return sum(later < earlier for earlier, later in pairwise(places))
