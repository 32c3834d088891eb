"""Publishes to Nchan by HTTP over one connection, without waiting for each answer."""

import asyncio
import sys

import uvloop

from tests.load.answering import Answer, Order, answer_orders
from tests.load.publication import SIZE, publication
from tests.load.publishers.pacing import publish_on_time


async def _main(port: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))

    async def publish(group: str) -> None:
        head = f"POST /pub/{group} HTTP/1.1\r\nHost: bench\r\nContent-Length: {SIZE}\r\n\r\n"
        writer.write(head.encode() + publication())
        await writer.drain()

    async def carry_out(order: Order) -> Answer:
        return await publish_on_time(order["schedule"], publish)

    async with asyncio.TaskGroup() as tasks:
        draining = tasks.create_task(_throw_away(reader))
        await answer_orders(carry_out)
        draining.cancel()
    writer.close()


async def _throw_away(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1]))
