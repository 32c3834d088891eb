"""The short way through nats-py's parser gives what the library's own way does, however cut."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, override

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.protocol.parser import Parser

from services.realtime.nats_reading.feed import Republished, RepublishedInlet, Take
from services.realtime.nats_reading.flush import Turn
from services.realtime.nats_reading.live_parser import LiveParser

LIVE, PLAIN, UNKNOWN = 1, 2, 3
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
class Heard:
    """What the subscriptions were given, in order."""

    messages: list[object] = field(default_factory=list)
    turns: int = 0

    def take(self, message: Republished) -> None:
        self.messages.append(message)

    def cancelled(self) -> bool:
        return False

    def set_result(self, message: Msg) -> None:
        self.messages.append((message.subject, message.data))


class Connection(Client):
    """A client that is not connected: it takes in what a server would send."""

    def __init__(self, take: Take | None = None) -> None:
        super().__init__()
        self.heard = Heard()
        self._error_cb = self._fail
        inlet = RepublishedInlet(take or self.heard.take)
        inlets: dict[int, Any] = {LIVE: inlet, PLAIN: self.heard}
        for sid, inlet in inlets.items():
            self._subs[sid] = Subscription(self, sid, "any", future=inlet)

    async def _fail(self, error: Exception) -> None:
        raise error

    @override
    async def _process_ping(self) -> None:
        self.heard.messages.append("ping")

    @override
    async def _process_pong(self) -> None:
        self.heard.messages.append("pong")


async def heard_by(parser: Parser, connection: Connection, pieces: list[bytes]) -> list[object]:
    for piece in pieces:
        await parser.parse(piece)
    return connection.heard.messages


@given(MESSAGES, st.lists(st.integers(0, 2000), max_size=12))
async def test_any_cut_of_any_messages_is_heard_as_the_library_hears_it(
    messages: list[bytes], cuts: list[int]
) -> None:
    wire = b"".join(messages)
    places = [0, *sorted({cut for cut in cuts if cut < len(wire)}), len(wire)]
    pieces = [wire[a:b] for a, b in pairwise(places)]
    ours, theirs = Connection(), Connection()
    expected = await heard_by(Parser(theirs), theirs, [wire])
    assert await heard_by(LiveParser(ours, Turn()), ours, pieces) == expected


async def test_what_a_read_brings_is_told_at_its_end() -> None:
    turn, told = Turn(), list[int]()

    def take(message: Republished) -> None:
        turn.at_end(lambda: told.append(message.sequence))
        assert not told

    await LiveParser(Connection(take), turn).parse(live(1, b"a") + live(2, b"b"))
    assert told == [1, 2]


@pytest.mark.parametrize("header", [b"Nats-Sequence: x\r\n", b"Nats-Sequence: \xc2\xb2\r\n"])
async def test_a_message_with_a_number_that_is_none_deafens_nobody(header: bytes) -> None:
    connection = Connection()
    parser = LiveParser(connection, Turn())
    await parser.parse(live(1, b"odd", extra=header) + live(2, b"good"))
    last = connection.heard.messages[-1]
    assert isinstance(last, Republished)
    assert last.payload == b"good"
