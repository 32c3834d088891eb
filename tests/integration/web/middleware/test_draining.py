"""A replica of web that is told to stop: its connections end with an answer."""

import asyncio
from asyncio import StreamReader, StreamWriter
from typing import Any

from deploy.local.nats_server import NatsServer
from services.web.app import create_app, drain
from tests.support.servers import serving
from tests.support.stack import web_settings
from tests.support.waiting import DEADLINE_SECONDS


async def test_connections_end_with_an_answer_while_it_drains(
    database_url: str, nats_server: NatsServer
) -> None:
    answers: list[bytes] = []

    async def step(state: dict[str, Any]) -> None:
        """Use the connections that were there before, and one more, while web drains."""
        async with asyncio.TaskGroup() as tasks:
            draining = tasks.create_task(drain(state))
            await asyncio.sleep(0)
            opened.append(await connected(address))
            for reader, writer in opened:
                answers.append(await answer_on(reader, writer, "/live"))
                answers.append(await reader.read())
            opened.append(await connected(address))
            answers.append(await answer_on(*opened[-1], "/ready"))
            draining.cancel()

    settings = web_settings(database_url, nats_server, drain_seconds=DEADLINE_SECONDS)
    async with serving(create_app(settings), before_shutdown=step) as address:
        opened = [await connected(address) for _ in range(2)]
        before = [await answer_on(*one, "/live") for one in opened for _ in range(2)]
    for _, writer in opened:
        writer.close()
    for answer in before:
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" not in answer
    ready = answers.pop()
    assert ready.startswith(b"HTTP/1.1 503 ")
    assert answers[1::2] == [b""] * 3
    for answer in answers[::2]:
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in answer


async def connected(address: str) -> tuple[StreamReader, StreamWriter]:
    """Open a connection."""
    host, port = address.rsplit(":", 1)
    return await asyncio.open_connection(host, int(port))


async def answer_on(reader: StreamReader, writer: StreamWriter, path: str) -> bytes:
    """Send a request on a connection and read its answer, which has a length."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    async with asyncio.timeout(DEADLINE_SECONDS):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length:")
        )
        return head.lower().replace(b"http/1.1", b"HTTP/1.1") + await reader.readexactly(length)
