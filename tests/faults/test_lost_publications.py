"""The bus loses what it republishes: the gateway notices and reads it from the stream."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from services.shared.bus.subjects import live_turbo_stream_subject
from tests.faults.cutter import cutting
from tests.faults.nats_filter import BusMessage, NatsFilter
from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors

GROUP, *OTHERS = groups(10)
COUNT = 200
SUBJECT = live_turbo_stream_subject(GROUP)
_NUMBER = re.compile(rb"<template>\S+ (\d+) *</template>")


@dataclass
class Loss:
    """Loses these numbers of a group, each once, on their way to the gateway."""

    numbers: set[int]
    lost: list[int] = field(default_factory=list)

    def drops(self, message: BusMessage) -> bool:
        found = _NUMBER.search(message.content)
        if message.subject != SUBJECT or found is None or int(found[1]) not in self.numbers:
            return False
        self.numbers.discard(int(found[1]))
        self.lost.append(int(found[1]))
        return True


@asynccontextmanager
async def listening_through(stage: Stage, loss: Loss) -> AsyncIterator[None]:
    """Run a gateway that loses what `loss` says, and pages of every group."""
    server = f"127.0.0.1:{stage.nats.server.port}"
    async with (
        cutting(server, lambda: NatsFilter(loss.drops).feed) as cutter,
        stage.gateway(nats_address=cutter.address),
        stage.audience(visitors([GROUP, *OTHERS], 5)),
    ):
        yield


@pytest.mark.parametrize(
    ("what", "numbers"),
    [
        ("the last of a burst", {COUNT}),
        ("the last ten of a burst", set(range(COUNT - 9, COUNT + 1))),
        ("one in the middle", {COUNT // 2}),
        ("a hundred in the middle", set(range(50, 150))),
        ("every third", set(range(1, COUNT, 3))),
        ("the first", {1}),
        ("all", set(range(1, COUNT + 1))),
    ],
)
async def test_publications_that_the_bus_loses_are_read_from_the_stream(
    stage: Stage, what: str, numbers: set[int]
) -> None:
    """Nothing follows the burst before every page is up to date."""
    loss = Loss(set(numbers))
    async with listening_through(stage, loss):
        await stage.publisher.burst(GROUP, COUNT)
        await stage.pages.until_up_to_date()
        assert sorted(loss.lost) == sorted(numbers)
        await stage.pages.settle()
        stage.pages.report(f"republished messages lost: {what}", lost_by_the_bus=len(numbers))
