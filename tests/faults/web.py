"""A model of web: the list of what was published is its database, and it renders pages of it."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import nats.errors

from services.shared.bus.connection import Bus
from services.shared.bus.position import Cursor, read_bounds
from services.shared.bus.stream_info import StreamInfoError
from services.shared.bus.subjects import Group
from tests.faults.ledger import Ledger


async def _at_once() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page: the position that was read first, then how many rows there were.

    The epoch is empty where no position was known.
    """

    epoch: str
    sequence: int
    rows: int


@dataclass(slots=True)
class Web:
    """Reads the stream's head, then the rows, as web does; without NATS, the last head known."""

    bus: Bus
    ledger: Ledger
    dawdle: Callable[[], Awaitable[None]] = _at_once
    """What takes its time between the position and the rows, and between these and the page."""
    head: Cursor | None = field(default=None, init=False)

    async def render(self, group: Group) -> Page:
        """Render the page of a group."""
        position = await self.read_position()
        await self.dawdle()
        rows = self.ledger.books[group].rows
        await self.dawdle()
        return Page(position.epoch, position.sequence, rows) if position else Page("", 0, rows)

    async def read_position(self) -> Cursor | None:
        """Return a lower bound of the stream's head; None where none was ever seen."""
        # Without an answer an older head does: it is a lower bound as well.
        with suppress(nats.errors.Error, StreamInfoError):
            self.head = (await read_bounds(self.bus.client)).head
        return self.head
