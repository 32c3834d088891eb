"""Bodies that are compressed without being asked, and what they unfold to."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.integration.ai.transport import (
    asked,
    certificate,
    no_pauses,
    no_proxies,
    runner,
    trusted,
)
from tests.support.provider import Got
from tests.support.scripted import event
from tests.support.waiting import DEADLINE_SECONDS
from tests.support.wire import (
    HELLO,
    measured,
)

__all__ = ["certificate", "no_pauses", "no_proxies", "runner", "trusted"]


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (b"gzip", b"\x1f\x8b\x08 but no more"),
        (b"gzip", b"plain"),
        (b"br", gzip.compress(HELLO)),
        (b", ".join([b"gzip"] * 6), HELLO),
    ],
    ids=range(4),
)
def test_a_coding_that_cannot_be_read(runner: asyncio.Runner, coding: bytes, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: %b\r\n" % coding
    ([got], _) = runner.run(asked(measured(body, head=head)))
    assert (got.text, got.fault.error_class) == ("", "bad_response")


BOMBS = {
    "one line": b"data: " + b" " * 50_000_000,
    "comments": b": wait\n\n" * 5_000_000,
    "empty chunks": event(b'{"choices":[]}') * 2_000_000,
    "a page": b"<" * 50_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("status", [200, 401, 500])
def test_of_what_unfolds_to_too_much_the_beginning_is_read(
    runner: asyncio.Runner, name: str, status: int
) -> None:
    """The bounds count what is read, not what was sent."""
    head = b"HTTP/1.1 %d X\r\ncontent-encoding: gzip\r\nx-should-retry: false\r\n" % status
    bomb = measured(gzip.compress(BOMBS[name], 1), head=head)
    longest = 0.0

    async def run() -> Got:
        async with watching() as pauses:
            ([got], _) = await asked(bomb)
        nonlocal longest
        longest = max(pauses)
        return got

    got = runner.run(run())
    assert got.text == ""
    assert got.fault.error_class == ("auth" if status == 401 else "bad_response")
    # Others had their turn meanwhile: no pause was as long as reading all of it takes.
    assert longest < DEADLINE_SECONDS / 2


@asynccontextmanager
async def watching() -> AsyncIterator[list[float]]:
    """Note how long the loop was held each time."""
    loop = asyncio.get_running_loop()
    pauses: list[float] = [0.0]

    async def look() -> None:
        while True:
            before = loop.time()
            await asyncio.sleep(0)
            pauses.append(loop.time() - before)

    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(look())
        yield pauses
        looking.cancel()
