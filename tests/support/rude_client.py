"""A TCP connection that says what it likes, where a WebSocket client would say what it may."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support.client_frames import server_frames
from tests.support.waiting import DEADLINE_SECONDS

UPGRADE = (
    "Host: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@dataclass
class Connection:
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send, as far as the peer takes it."""
        if self.writer.is_closing():
            raise ConnectionResetError
        self.writer.write(data)
        await self.writer.drain()

    async def read_head(self) -> str:
        """Read an answer to its empty line."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def read(self, size: int) -> bytes:
        """Read so many bytes."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.reader.readexactly(size)

    async def read_to_end(self) -> bytes:
        """Read until the server ends the connection in good order."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.reader.read()

    async def frames_to_end(self) -> list[tuple[int, bytes]]:
        """Read frames until the end."""
        return server_frames(await self.read_to_end())

    async def upgrade(self, path: str = "/echo", more: str = "") -> str:
        """Open a WebSocket and return the head of the answer."""
        await self.send(request(path, more))
        head = await self.read_head()
        assert head.startswith("HTTP/1.1 101 "), head
        return head

    def reset(self) -> None:
        """Vanish with a RST."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def request(path: str = "/echo", more: str = "", upgrade: str = UPGRADE) -> bytes:
    """Write a handshake's request."""
    return f"GET {path} HTTP/1.1\r\n{upgrade}{more}\r\n".encode()


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Connection]:
    """Connect to `host:port`; whatever is left of it is cut on leaving."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Connection(reader, writer)
    finally:
        writer.transport.abort()


async def answer_to(address: str, data: bytes) -> str:
    """Return all that the server answers to `data` before it closes the connection."""
    async with connected(address) as connection:
        connection.writer.write(data)
        return (await connection.read_to_end()).decode()
