"""Publishes into the stream, as web and ai do: every publication is acked, many at a time."""

import asyncio
import sys
import time
from dataclasses import replace
from typing import Final
from uuid import uuid4

import uvloop
from nats.js.api import Header, PubAck, StreamInfo

from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.position import Cursor, read_bounds
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import TURBO_STREAM, check_group, turbo_stream_subject
from tests.load.answering import Answer, Order, answer_orders
from tests.load.publication import publication
from tests.load.publishers.pacing import publish_on_time

_COPY_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.2


async def _main(url: str) -> None:
    async with open_bus(url, name="bench-publisher") as bus:
        await declare_streams(bus.jetstream)

        async def carry_out(order: Order) -> Answer:
            if order["do"] == "replicate":
                return await _replicate(bus, order["replicas"])
            return await _publish(bus, order)

        await answer_orders(carry_out)


async def _replicate(bus: Bus, replicas: int) -> Answer:
    """Keep so many copies of the stream, and wait until all of them are there."""
    found = await bus.jetstream.stream_info(TURBO_STREAM)
    await bus.jetstream.update_stream(replace(found.config, num_replicas=replicas))
    async with asyncio.timeout(_COPY_SECONDS):
        while not _are_current(await bus.jetstream.stream_info(TURBO_STREAM), replicas):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(_LOOK_SECONDS)
    return {}


def _are_current(found: StreamInfo, replicas: int) -> bool:
    followers = found.cluster.replicas if found.cluster and found.cluster.replicas else []
    return len(followers) == replicas - 1 and all(each.current for each in followers)


async def _publish(bus: Bus, order: Order) -> Answer:
    """Publish by the schedule; report the stream position of each where that is asked for."""
    began = time.monotonic()
    acks: list[asyncio.Future[PubAck]] = []

    async def publish(group: str) -> None:
        subject = turbo_stream_subject(check_group(group))
        headers = {Header.MSG_ID: uuid4().hex}
        acks.append(await bus.jetstream.publish_async(subject, publication(), headers=headers))

    answer = await publish_on_time(order["schedule"], publish)
    sequences = [(await ack).seq for ack in acks]
    answer["acked_seconds"] = time.monotonic() - began
    if order.get("cursors"):
        epoch = (await read_bounds(bus.client)).epoch
        answer["cursors"] = [str(Cursor(epoch, sequence)) for sequence in sequences]
    return answer


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1]))
