"""The fast path through nats-py's parser gives what the library's own parser does, however cut."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import nats
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.protocol.parser import Parser

from services.realtime.nats_reading.fast_parser import FastParser
from services.realtime.nats_reading.feed import Republished, Take, subscribe_republished
from services.realtime.nats_reading.flush_queue import FlushQueue

# The client numbers its subscriptions from 1.
LIVE, PLAIN, UNKNOWN = 1, 2, 3
INFO = b'INFO {"server_id":"x","version":"2.15.0","headers":true,"max_payload":1048576}\r\n'
FRAMES = st.sampled_from([b"PING\r\n", b"PONG\r\n", b"+OK\r\n"])


def live(sequence: int, payload: bytes, *, sid: int = LIVE, extra: bytes = b"") -> bytes:
    """Write a republished message as nats-server does."""
    headers = (
        b"NATS/1.0\r\nNats-Msg-Id: x\r\nNats-Stream: TURBO_STREAM\r\n%b"
        b"Nats-Subject: turbo_stream.chat_1\r\nNats-Sequence: %d\r\n"
        b"Nats-Time-Stamp: 2026-11-22T19:07:36.420470849Z\r\nNats-Last-Sequence: %d\r\n\r\n"
    ) % (extra, sequence, sequence - 1)
    sizes = b"%d %d" % (len(headers), len(headers) + len(payload))
    return b"HMSG live.turbo_stream.chat_1 %d %b\r\n%b%b\r\n" % (sid, sizes, headers, payload)


def plain(payload: bytes) -> bytes:
    return b"MSG inbox.1 %d %d\r\n%b\r\n" % (PLAIN, len(payload), payload)


PAYLOADS = st.binary(max_size=40) | st.sampled_from([b"\r\n", b"HMSG a 1 2 3\r\n", b"PING\r\n"])
MESSAGES = st.lists(
    st.builds(live, st.integers(1, 10**12), PAYLOADS)
    | st.builds(live, st.integers(1, 9), PAYLOADS, sid=st.just(PLAIN))
    | st.builds(live, st.integers(1, 9), PAYLOADS, sid=st.just(UNKNOWN))
    | st.builds(plain, PAYLOADS)
    | FRAMES,
    max_size=8,
)


@dataclass
class Server:
    """Answers a client's pings, and counts the pongs that the client answers with."""

    pongs: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(INFO)
        while line := await reader.readline():
            if line == b"PING\r\n":
                writer.write(b"PONG\r\n")
            self.pongs += line == b"PONG\r\n"
        writer.close()


@dataclass
class Received:
    """What the subscriptions were given, in order; a future to nats-py."""

    messages: list[object] = field(default_factory=list)

    def take(self, message: Republished) -> None:
        self.messages.append(message)

    def cancelled(self) -> bool:
        return False

    def set_result(self, message: Msg) -> None:
        self.messages.append((message.subject, message.data))


@asynccontextmanager
async def connected(
    received: Received, take: Take | None = None
) -> AsyncIterator[tuple[Client, Server]]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1")
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        client = await nats.connect(f"nats://127.0.0.1:{port}", allow_reconnect=False)
        await subscribe_republished(client, "live", take or received.take)
        future: Any = received
        await client.subscribe("plain", future=future)
        yield client, server
        await client.close()


async def received_by(
    make: Callable[[Client], Parser], pieces: list[bytes]
) -> tuple[list[object], int]:
    """Parse `pieces`; return the messages, and how many pings were answered."""
    received = Received()
    async with connected(received) as (client, server):
        parser = make(client)
        for piece in pieces:
            await parser.parse(piece)
        await client.flush()
        return received.messages, server.pongs


@given(MESSAGES, st.lists(st.integers(0, 2000), max_size=12))
@hypothesis_settings(max_examples=50, deadline=None)
async def test_any_cut_of_any_messages_is_read_as_the_library_reads_it(
    messages: list[bytes], cuts: list[int]
) -> None:
    wire = b"".join(messages)
    places = [0, *sorted({cut for cut in cuts if cut < len(wire)}), len(wire)]
    pieces = [wire[a:b] for a, b in pairwise(places)]
    ours = await received_by(lambda client: FastParser(client, FlushQueue()), pieces)
    assert ours == await received_by(Parser, [wire])


async def test_what_a_read_brings_is_flushed_at_its_end() -> None:
    flushes, flushed = FlushQueue(), list[int]()

    def take(message: Republished) -> None:
        flushes.add(lambda: flushed.append(message.sequence))
        assert not flushed

    async with connected(Received(), take) as (client, _):
        await FastParser(client, flushes).parse(live(1, b"a") + live(2, b"b"))
    assert flushed == [1, 2]


async def test_a_sequence_that_is_no_number_does_not_end_the_reading() -> None:
    received = Received()
    async with connected(received) as (client, _):
        parser = FastParser(client, FlushQueue())
        for header in (b"Nats-Sequence: x\r\n", b"Nats-Sequence: \xc2\xb2\r\n"):
            await parser.parse(live(1, b"odd", extra=header) + live(2, b"good"))
    payloads = [each.payload for each in received.messages if isinstance(each, Republished)]
    assert payloads[-1:] == [b"good"]
    assert payloads.count(b"good") == 2


async def test_a_flush_that_fails_keeps_no_other_from_its_end_of_read() -> None:
    flushes, flushed = FlushQueue(), list[int]()
    flushes.begin_read()
    flushes.add(lambda: flushed.append(1 // 0))
    flushes.add(lambda: flushed.append(2))
    assert flushes.run()
    assert flushed == [2]
