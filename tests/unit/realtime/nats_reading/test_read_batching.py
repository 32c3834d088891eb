"""Reads that follow each other closely are joined; the first, and large ones, do not wait."""

import asyncio
from dataclasses import dataclass, field
from typing import override

import pytest

from services.realtime.nats_reading import read_batching
from services.realtime.nats_reading.read_batching import (
    LARGE_READ_BYTES,
    PAUSE_SECONDS,
    ReadBatching,
)


@dataclass
class Transport(asyncio.ReadTransport):
    """What is read, and what was done to it."""

    done: list[str] = field(default_factory=list)
    reads: bool = True

    @override
    def is_reading(self) -> bool:
        return self.reads

    @override
    def pause_reading(self) -> None:
        self.done.append("pause")

    @override
    def resume_reading(self) -> None:
        self.done.append("resume")


@dataclass
class Clock:
    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("transport", "pause", "size", "done"),
    [
        (Transport(), PAUSE_SECONDS / 2, 100, ["pause", "resume"]),
        (Transport(), PAUSE_SECONDS * 2, 100, []),
        (Transport(), PAUSE_SECONDS / 2, LARGE_READ_BYTES, []),
        (Transport(reads=False), PAUSE_SECONDS / 2, 100, []),
        (None, PAUSE_SECONDS / 2, 100, []),
    ],
    ids=["soon", "later", "large", "paused by somebody else", "without a connection"],
)
async def test_only_a_small_read_that_came_soon_pauses_the_next(
    monkeypatch: pytest.MonkeyPatch,
    transport: Transport | None,
    pause: float,
    size: int,
    done: list[str],
) -> None:
    clock = Clock()
    monkeypatch.setattr(read_batching, "time", clock)
    batching = ReadBatching(lambda: transport)
    await batching.pause(100)
    clock.now += pause
    await batching.pause(size)
    assert (transport.done if transport is not None else []) == done
