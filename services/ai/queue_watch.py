"""Measures the job queues every five seconds, so that a scrape does not wait for the bus."""

import asyncio
from dataclasses import dataclass
from typing import Final

from nats.js.api import ConsumerInfo

from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_JOBS_CONSUMER,
    AI_SUSPECTS,
    AI_SUSPECTS_CONSUMER,
)

MEASURE_SECONDS: Final = 5.0
QUEUES: Final = ((AI_JOBS, AI_JOBS_CONSUMER), (AI_SUSPECTS, AI_SUSPECTS_CONSUMER))


@dataclass(frozen=True, slots=True)
class QueueSize:
    """Jobs that wait for a worker, and jobs that a worker has and has not ended."""

    waiting: int
    in_hand: int


class QueueWatch:
    """The size of both queues when last measured; None where the bus was away."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.size: QueueSize | None = None

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            self.size = await self._measure()
            await asyncio.sleep(MEASURE_SECONDS)

    async def _measure(self) -> QueueSize | None:
        try:
            queues = [await self._bus.jetstream.consumer_info(*queue) for queue in QUEUES]
        except CONNECTION_FAULTS:
            return None
        return QueueSize(sum(map(_waiting, queues)), sum(map(_in_hand, queues)))


def _waiting(queue: ConsumerInfo) -> int:
    return queue.num_pending or 0


def _in_hand(queue: ConsumerInfo) -> int:
    return queue.num_ack_pending or 0
