"""Publishes through the Redis channel layer, as a Django process does; runs beside Channels."""

import asyncio
import sys

from channels_redis.core import (  # type: ignore[import-not-found]  # it is in an environment of its own
    RedisChannelLayer,
)

from tests.load.answering import Answer, Order, answer_orders
from tests.load.publication import publication
from tests.load.publishers.pacing import publish_on_time


async def _main(redis_port: str) -> None:
    layer = RedisChannelLayer(hosts=[f"redis://127.0.0.1:{redis_port}"])

    async def publish(group: str) -> None:
        await layer.group_send(group, {"type": "turbo.stream", "html": publication().decode()})

    async def carry_out(order: Order) -> Answer:
        return await publish_on_time(order["schedule"], publish)

    await answer_orders(carry_out)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
