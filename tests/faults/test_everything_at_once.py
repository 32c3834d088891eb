"""Faults in a random order, several at a time, on gateways with and without memory of the past."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

import pytest

from services.shared.bus.subjects import LIVE_TURBO_STREAM_SUBJECTS
from tests.faults.cutter import Cutter, cutting
from tests.faults.nats_filter import BusMessage, NatsFilter
from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors
from tests.support.gateways import Gateway
from tests.support.waiting import passed

GROUPS = groups(10)
EVERY_SECONDS = 0.05
FAULTS = 15
LIVE = LIVE_TURBO_STREAM_SUBJECTS.removesuffix("*")
# Heartbeats carry positions: many of them.
PING_SECONDS = 0.3
# With these a returning page is served from the ring, partly from it, or always from the stream.
MEMORIES: list[dict[str, object]] = [
    {},
    {"ring_bytes": 20_000, "warm_seconds": 1},
    {"ring_bytes": 0, "warm_seconds": 0},
]


@dataclass
class Storm:
    """A gateway behind two bad networks, which can be replaced, and the bus."""

    stage: Stage
    random: Random
    to_bus: Cutter
    to_pages: Cutter
    running: AsyncExitStack
    gateway: Gateway | None = None

    async def strike(self) -> None:
        """Let one thing go wrong for a moment."""
        seconds = self.random.uniform(0.1, 1.5)
        fault = self.random.choice(
            [
                self.cut_pages,
                self.hold_pages,
                self.cut_bus,
                self.hold_bus,
                self.replace,
                self.restart,
            ]
        )
        await fault(seconds)

    async def cut_pages(self, seconds: float) -> None:
        self.to_pages.cut()
        await passed(seconds)
        self.to_pages.restore()

    async def hold_pages(self, seconds: float) -> None:
        self.to_pages.hold()
        await passed(seconds)
        self.to_pages.restore()

    async def cut_bus(self, seconds: float) -> None:
        self.to_bus.cut()
        await passed(seconds)
        self.to_bus.restore()

    async def hold_bus(self, seconds: float) -> None:
        self.to_bus.hold()
        await passed(seconds)
        self.to_bus.restore()

    async def restart(self, seconds: float) -> None:
        await asyncio.to_thread(self.stage.nats.kill)
        await passed(seconds)
        await asyncio.to_thread(self.stage.nats.begin)

    async def replace(self, _seconds: float) -> None:
        """Kill the gateway; another with another memory takes its place."""
        if self.gateway is not None:
            self.gateway.kill()
        settings = {"ping_seconds": PING_SECONDS, **self.random.choice(MEMORIES)}
        self.gateway = await self.running.enter_async_context(
            self.stage.gateway(settings, nats_address=self.to_bus.address)
        )
        self.to_pages.leading_to(self.gateway.address)


@pytest.mark.parametrize("seed", [1, 2])
async def test_pages_are_right_whatever_happens(stage: Stage, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seed makes the same storm every time

    def drops(message: BusMessage) -> bool:
        return message.subject.startswith(LIVE) and random.random() < 1 / 50

    async with (
        cutting(f"127.0.0.1:{stage.nats.server.port}", lambda: NatsFilter(drops).feed) as to_bus,
        cutting("127.0.0.1:1") as to_pages,
        AsyncExitStack() as running,
    ):
        storm = Storm(stage, random, to_bus, to_pages, running)
        await storm.replace(0)
        async with (
            stage.audience(visitors(GROUPS, 5), by_way_of=to_pages.address) as clients,
            stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
        ):
            for _ in range(FAULTS):
                await storm.strike()
                await passed(random.uniform(0, 1))
            await stage.pages.until_connected(clients)
            await stage.pages.settle_after(load)
            stage.pages.report(f"{FAULTS} faults at random, 2 % of messages lost (seed {seed})")
