"""Compressed bodies are decoded in small parts, and other tasks run between them."""

import asyncio
import gzip

import httpx2

from services.ai.provider.stream.bodies import MOST_AT_ONCE, read_body


async def test_a_compressed_body_leaves_time_for_other_tasks() -> None:
    packed = httpx2.ByteStream(gzip.compress(b"x" * 40 * MOST_AT_ONCE))
    response = httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=packed)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(others())
        sizes = [len(data) async for data in read_body(response, 60.0)]
        running.cancel()
    assert sum(sizes) == 40 * MOST_AT_ONCE
    assert max(sizes) <= MOST_AT_ONCE
    assert turns >= 39
