"""Reads that follow each other closely are joined; the first, and large ones, do not wait."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from nats.aio.client import Client

from services.realtime.nats_reading import read_batching
from services.realtime.nats_reading.read_batching import MUCH_BYTES, REST_SECONDS, Pace


@dataclass
class Link:
    """What is read, and what was done to it."""

    done: list[str] = field(default_factory=list)
    is_read: bool = True

    def is_reading(self) -> bool:
        return self.is_read

    def pause_reading(self) -> None:
        self.done.append("pause")

    def resume_reading(self) -> None:
        self.done.append("resume")


@dataclass
class Clock:
    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(read_batching, "time", clock)
    return clock


class Connection(Client):
    """A client that reads from `link`."""

    def __init__(self, link: Link | None) -> None:
        super().__init__()
        transport: Any = link and SimpleNamespace(_io_writer=SimpleNamespace(transport=link))
        self._transport = transport


def paced(link: Link | None) -> Pace:
    return Pace(Connection(link))


async def test_the_first_read_and_one_that_comes_later_do_not_wait(clock: Clock) -> None:
    link = Link()
    pace = paced(link)
    await pace.rest(100)
    clock.now += REST_SECONDS * 2
    await pace.rest(100)
    assert link.done == []


async def test_after_one_that_came_soon_nothing_is_read_for_a_moment(clock: Clock) -> None:
    link = Link()
    pace = paced(link)
    await pace.rest(100)
    clock.now += REST_SECONDS / 2
    await pace.rest(100)
    assert link.done == ["pause", "resume"]


async def test_what_was_read_together_already_does_not_wait(clock: Clock) -> None:
    link = Link()
    pace = paced(link)
    await pace.rest(100)
    clock.now += REST_SECONDS / 2
    await pace.rest(MUCH_BYTES)
    assert link.done == []


@pytest.mark.parametrize("link", [None, Link(is_read=False)])
async def test_a_connection_that_cannot_be_paused_or_is_paused_is_left_alone(
    clock: Clock, link: Link | None
) -> None:
    pace = paced(link)
    await pace.rest(100)
    clock.now += REST_SECONDS / 2
    await pace.rest(100)
    assert link is None or link.done == []
