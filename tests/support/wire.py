"""An endpoint on a bare socket: it writes exactly these bytes, when it is asked to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.scripted import DONE, STOP, chunk

OK = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
HELLO = b"".join([chunk("Hello"), chunk(", "), chunk("world."), STOP, DONE])
TEXT = "Hello, world."

type Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""What becomes of a connection after a request; unless it is closed, the next one is waited for."""


async def arrived(writer: asyncio.StreamWriter) -> None:
    """Wait until what was written has been read by a client that runs in the same loop."""
    await writer.drain()
    await asyncio.sleep(0.02)
    # However slow this machine is, so many turns of the loop are enough.
    for _ in range(30):
        await asyncio.sleep(0)


def framed(body: bytes) -> bytes:
    """Write `body` as one chunk of a body in chunks."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def in_chunks(*parts: bytes, head: bytes = OK) -> bytes:
    """Write a response in chunks."""
    chunks = b"".join(map(framed, parts))
    return head + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def measured(body: bytes, head: bytes = OK) -> bytes:
    """Write a response that tells its length."""
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


def until_the_end(body: bytes, head: bytes = OK) -> Behaviour:
    """Write a response that ends with its connection."""
    return closing(head + b"\r\n" + body)


def closing(*parts: bytes) -> Behaviour:
    """Write these bytes, let each arrive by itself, and close."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await arrived(writer)
        writer.close()

    return behave


def stalling(*parts: bytes) -> Behaviour:
    """Write these bytes, let each arrive by itself, and say nothing more."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await arrived(writer)

    return behave


def dripping(data: bytes, seconds: float) -> Behaviour:
    """Write a byte each so many seconds."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        for place in range(len(data)):
            writer.write(data[place : place + 1])
            await asyncio.sleep(seconds)

    return behave


async def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with a reset, unanswered."""
    writer.transport.abort()


@dataclass(slots=True)
class WireEndpoint:
    """Answers each request with the next reply, the last again and again."""

    replies: Sequence[bytes | Behaviour]
    origin: str = ""
    asked: list[bytes] = field(default_factory=list)
    """The requests, whole."""
    connections: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """A connection is over, by its client unless by a behaviour."""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while not writer.is_closing():
                await self._answer(await _request(reader), writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            self.ended.set()
            writer.close()

    async def _answer(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        self.asked.append(request)
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        if isinstance(reply, bytes):
            writer.write(reply)
            await writer.drain()
        else:
            await reply(writer)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.partition(b": ")[::2] for line in head.lower().split(b"\r\n"))
    return head + await reader.readexactly(int(fields.get(b"content-length", 0)))


@asynccontextmanager
async def running_wire(
    *replies: bytes | Behaviour, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[WireEndpoint]:
    """Run an endpoint that is asked by this name of the machine."""
    endpoint = WireEndpoint(replies)
    async with await asyncio.start_server(endpoint.serve, "127.0.0.1", 0, ssl=tls) as listening:
        port = listening.sockets[0].getsockname()[1]
        endpoint.origin = f"{'https' if tls else 'http'}://{host}:{port}"
        yield endpoint
        for writer in endpoint.writers:
            writer.transport.abort()
