"""That a connection that has gone leaves nothing behind for the next one with its descriptor."""

import asyncio
from asyncio import StreamReader, StreamWriter

from deploy.local.settings import LOOPBACK
from tests.support.waiting import DEADLINE_SECONDS


async def test_who_gets_the_descriptor_of_a_lost_connection_is_heard() -> None:
    async def echo(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(await reader.read(1))
        writer.close()

    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        await asyncio.start_server(echo, LOOPBACK, 0) as server,
    ):
        port = server.sockets[0].getsockname()[1]
        for _ in range(3):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(b"x")
            assert await reader.read(1) == b"x"
            writer.transport.abort()
            writer.transport.writelines([b"into the void"])
            await asyncio.sleep(0)
