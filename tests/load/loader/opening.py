"""Opening sockets from many source addresses, a bounded number at a time."""

import asyncio
import itertools
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from tests.load.loader.handshake import Offer, RefusedError
from tests.load.loader.sockets import ClientSocket, Sink

OPEN_SECONDS: Final = 60.0
SERVER: Final = "127.0.0.1"
# All of 127.0.0.0/8 is this machine; 200 addresses stand for 200 people's.
_SOURCES: Final = [f"127.1.{number // 20}.{number % 20 + 1}" for number in range(200)]

_sources: Iterator[str] = itertools.cycle(_SOURCES)


async def open_all(
    offers: Iterable[Offer], in_flight: int, sink: Sink, on_end: Callable[[], None]
) -> tuple[list[ClientSocket], list[str]]:
    """Open a socket for each offer, `in_flight` at a time; return them and every refusal."""
    waiting = iter(offers)
    opened: list[ClientSocket] = []
    refusals: list[str] = []

    async def open_some() -> None:
        for offer in waiting:
            try:
                opened.append(await open_one(offer, sink, on_end))
            except (RefusedError, OSError, TimeoutError) as error:
                refusals.append(str(error) or type(error).__name__)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(in_flight):
            tasks.create_task(open_some())
    return opened, refusals


async def open_one(offer: Offer, sink: Sink, on_end: Callable[[], None]) -> ClientSocket:
    """Open one socket; raises RefusedError, OSError or TimeoutError where it does not open."""
    loop = asyncio.get_running_loop()
    link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        link.setblocking(False)
        _bind_to_next_source(link)
        async with asyncio.timeout(OPEN_SECONDS):
            await loop.sock_connect(link, (SERVER, offer.port))
            _, client = await loop.create_connection(
                lambda: ClientSocket(offer, sink, on_end), sock=link
            )
            await client.opened
    except BaseException:
        link.close()
        raise
    return client


def _bind_to_next_source(link: socket.socket) -> None:
    # The port is chosen at the connection: a port may serve several connections that differ.
    link.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
    link.bind((next(_sources), 0))
