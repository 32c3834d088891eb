"""An HTTP proxy on loopback: it forwards plain requests and tunnels the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Proxy:
    """The requests it got; with `refuses`, a status, it answers all of them with that."""

    refuses: int | None = None
    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    """The heads of the requests that reached it."""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head)
            if self.refuses:
                writer.write(b"HTTP/1.1 %d No\r\ncontent-length: 0\r\n\r\n" % self.refuses)
                return
            await self._pass_on(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _pass_on(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        method, target, _ = head.split(b" ", 2)
        is_tunnel = method == b"CONNECT"
        url = urlsplit(f"//{target.decode()}" if is_tunnel else target.decode())
        there, onward = await asyncio.open_connection("127.0.0.1", url.port)
        self.writers.append(onward)
        if is_tunnel:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = target.decode().partition(str(url.netloc))[2]
            onward.write(head.replace(target, path.encode(), 1))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_pour(reader, onward))
            tasks.create_task(_pour(there, writer))


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass on whatever comes, and its end."""
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        pass
    finally:
        sink.close()


@asynccontextmanager
async def running_proxy(refuses: int | None = None) -> AsyncIterator[Proxy]:
    """Run a proxy; a kept connection of it leads to one endpoint alone."""
    proxy = Proxy(refuses)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as listening:
        proxy.port = listening.sockets[0].getsockname()[1]
        yield proxy
        for writer in proxy.writers:
            writer.transport.abort()
