"""Publishes numbered publications as web does: the row first, then the stream, until acked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.shared.bus.connection import Bus
from services.shared.bus.subjects import Group, turbo_stream_subject
from tests.faults.ledger import Ledger
from tests.support.sockets import element
from tests.support.waiting import until


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes to any group. One group's publications go one after the other."""

    bus: Bus
    ledger: Ledger

    async def publish(self, group: Group, *, size: int = 0) -> None:
        """Publish the group's next number, in HTML of at least `size` bytes."""
        book = self.ledger.books[group]
        book.rows += 1
        number = book.rows
        html = element(f"{group} {number}").encode()
        if len(html) < size:
            html = element(f"{group} {number}{' ' * (size - len(html))}").encode()
        ack = await self.bus.publish(turbo_stream_subject(group), html, f"{group}-{number}")
        book.store(number, ack.seq)

    async def burst(self, group: Group, count: int, *, size: int = 0) -> None:
        """Publish `count` numbers one right after the other."""
        for _ in range(count):
            await self.publish(group, size=size)

    @asynccontextmanager
    async def load(
        self, groups: Iterable[Group], *, every: float, size: int = 0
    ) -> AsyncIterator["Load"]:
        """Publish to each of `groups` every so many seconds while the body runs."""
        stop = asyncio.Event()

        async def go_on(group: Group) -> None:
            while not stop.is_set():
                await self.publish(group, size=size)
                await _wait(stop, every)

        async with asyncio.TaskGroup() as tasks:
            going = [tasks.create_task(go_on(group)) for group in groups]
            try:
                yield Load(self.ledger, stop, [task.done for task in going])
            finally:
                stop.set()


@dataclass(frozen=True, slots=True)
class Load:
    """Publishing that goes on until it is ended."""

    ledger: Ledger
    stop: asyncio.Event
    done: Sequence[Callable[[], bool]]

    async def end(self) -> None:
        """Publish nothing more; return when all that was published is stored."""
        self.stop.set()

        async def has_ended() -> bool:
            return all(done() for done in self.done)

        await until(has_ended, seconds=60)

    async def more(self, count: int, *, seconds: float = 60.0) -> None:
        """Wait until `count` more publications are stored."""
        target = self.ledger.published + count

        async def is_there() -> bool:
            return self.ledger.published >= target

        await until(is_there, seconds=seconds)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
