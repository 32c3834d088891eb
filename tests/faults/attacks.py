"""What hostile clients do to a gateway; each attack is over when its function returns."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from services.shared.bus.subjects import Group
from services.shared.stream_token import StreamKeys
from tests.support.chatting.handshake import RefusedError, Request
from tests.support.chatting.websocket import PING, WebSocket, open_socket
from tests.support.tokens import token_for
from tests.support.waiting import until

AT_ONCE: Final = 50
READ_SECONDS: Final = 15.0
MEGABYTE: Final = 1024 * 1024
FORGED: Final = StreamKeys(["not-the-key-of-the-tests-0123456789abcdef"])


class Deaf:
    """Takes no notice of anything, except of the end."""

    def __init__(self) -> None:
        self.is_over = asyncio.Event()

    def frame(self, _opcode: int, _payload: bytes) -> None:
        """Ignore what comes."""

    def ended(self, _code: int, _reason: str) -> None:
        """Note the end."""
        self.is_over.set()


async def flood_with_pings(address: str, group: Group, sockets: int, pings: int) -> None:
    """Send so many pings of the largest size over each of some sockets, and read no answer."""

    async def one(number: int) -> None:
        socket = await _enter(address, group, f"pinger-{number}", Deaf())
        socket.stop_reading()
        for _ in range(pings):
            socket.send(PING, bytes(125))

        async def are_taken() -> bool:
            return socket.unsent == 0

        await until(are_taken)
        socket.abort()

    await _some_at_once(one, sockets)


async def say_garbage(address: str, group: Group, sockets: int) -> None:
    """Send bytes that are no frames where frames are due, until the gateway hangs up."""
    chance = random.Random(7)  # noqa: S311 - a seed makes the same garbage every time

    async def one(number: int) -> None:
        listener = Deaf()
        socket = await _enter(address, group, f"rambler-{number}", listener)
        # An unmasked first frame is a fault in itself; what follows may be anything.
        socket.write(b"\x81\x05" + chance.randbytes(4096))
        async with asyncio.timeout(READ_SECONDS):
            await listener.is_over.wait()

    await _some_at_once(one, sockets)


async def talk_at_the_door(address: str, openings: list[bytes]) -> Counter[str]:
    """Begin a connection with each of these; count the statuses, or how else it ended."""
    ends: Counter[str] = Counter()

    async def one(number: int) -> None:
        ends[await _answer_to(address, openings[number])] += 1

    await _some_at_once(one, len(openings))
    return ends


async def knock_with_forged_tokens(address: str, group: Group, times: int) -> Counter[int]:
    """Offer tokens that another key has signed; count the statuses."""
    statuses: Counter[int] = Counter()

    async def one(number: int) -> None:
        token = FORGED.mint(f"forger-{number}", group, seconds=300)
        try:
            socket = await open_socket(_request(address, group, token), Deaf())
        except RefusedError as refused:
            statuses[refused.status] += 1
        else:
            statuses[101] += 1
            socket.abort()

    await _some_at_once(one, times)
    return statuses


def nonsense(count: int, address: str, group: Group) -> list[bytes]:
    """Make openings that are no requests, or stop being requests half-way."""
    chance = random.Random(7)  # noqa: S311 - a seed makes the same garbage every time
    head = _request(address, group, token_for(group)).head()
    return [
        chance.randbytes(65536)
        if number % 2
        else head[: chance.randrange(20, len(head) - 4)] + chance.randbytes(65536)
        for number in range(count)
    ]


def bloated(count: int, address: str, group: Group) -> list[bytes]:
    """Make handshakes with a header of a megabyte."""
    head = _request(address, group, token_for(group)).head().removesuffix(b"\r\n")
    return [head + b"X-Much: " + b"a" * MEGABYTE + b"\r\n\r\n"] * count


async def _enter(address: str, group: Group, user: str, listener: Deaf) -> WebSocket:
    return await open_socket(_request(address, group, token_for(group, user)), listener)


def _request(address: str, group: Group, token: str) -> Request:
    return Request(address, f"/ws/turbo_stream/{group}/", ("turbo-stream.v1", f"t.{token}"))


async def _answer_to(address: str, opening: bytes) -> str:
    host, port = address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    answer = b""
    try:
        async with asyncio.timeout(READ_SECONDS):
            with suppress(ConnectionError):
                writer.write(opening)
                answer = await reader.read(65536)
    except TimeoutError:
        return "left open"
    finally:
        writer.transport.abort()
    words = answer.split(b" ", 2)
    return words[1].decode() if len(words) > 1 else "hung up"


async def _some_at_once(one: Callable[[int], Awaitable[None]], count: int) -> None:
    free = asyncio.Semaphore(AT_ONCE)

    async def in_turn(number: int) -> None:
        async with free:
            await one(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            tasks.create_task(in_turn(number))
