"""Live messages: core NATS subscriptions that are read without a task each."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, cast, override

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from services.realtime.nats_reading.fast_parser import MessageSink
from services.realtime.nats_reading.headers import number_in, write_headers
from services.shared.bus.errors import BusAwayError
from services.shared.process.logging import get_logger

SEQUENCE: Final = b"\r\nNats-Sequence: "
PREVIOUS: Final = b"\r\nNats-Last-Sequence: "

log = get_logger("realtime.feed")


class LiveMessage(NamedTuple):
    """A message as it stands on the wire; `headers.py` reads its headers."""

    subject: bytes
    headers: bytes
    payload: bytes


class Republished(NamedTuple):
    """A message that the stream has stored and republished (ADR-28, "Republish")."""

    sequence: int
    previous: int
    """The number of the one before it on its subject; 0 where the stream has none."""
    payload: bytes
    headers: bytes = b""


type Receive = Callable[[LiveMessage], None]
type Take = Callable[[Republished], None]


async def subscribe(client: Client, subject: str, receive: Receive) -> Subscription:
    """Call `receive` with each message on `subject`, while the client reads it.

    nats-py gives every subscription with a callback a task and wakes it for every message. One
    with a future is called at once, and only asked whether it was cancelled: a `MessageSink` is
    such a future that stays. Raises `BusAwayError` while there is no connection.
    """
    return await _subscribe(client, subject, LiveMessageSink(receive))


async def subscribe_republished(client: Client, subject: str, take: Take) -> Subscription:
    """Call `take` with each message that the stream republishes on `subject`.

    Raises `BusAwayError` while there is no connection.
    """
    return await _subscribe(client, subject, RepublishedSink(take))


async def _subscribe(client: Client, subject: str, sink: MessageSink) -> Subscription:
    if not client.is_connected:
        raise BusAwayError("not connected to NATS")
    return await client.subscribe(subject, future=cast("asyncio.Future[Msg]", sink))


class _Future(MessageSink):
    """What nats-py takes for the future of a request, and gives every message."""

    __slots__ = ()

    def cancelled(self) -> bool:
        return False

    def set_result(self, message: Msg) -> None:
        self.receive_raw(message.subject.encode(), write_headers(message.headers), message.data)


@dataclass(frozen=True, slots=True)
class LiveMessageSink(_Future):
    """Passes on every message."""

    receive: Receive

    @override
    def receive_raw(self, subject: bytes, headers: bytes, payload: bytes) -> None:
        try:
            self.receive(LiveMessage(subject, headers, payload))
        except Exception:
            # An error here would end nats-py's reading for good, for every group.
            log.exception("message_lost", subject=subject.decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class RepublishedSink(_Future):
    """Passes on republished messages; ignores those without a place in the stream."""

    take: Take

    @override
    def receive_raw(self, subject: bytes, headers: bytes, payload: bytes) -> None:
        try:
            sequence, previous = number_in(headers, SEQUENCE), number_in(headers, PREVIOUS)
        except ValueError:
            return
        try:
            self.take(Republished(sequence, previous, payload, headers))
        except Exception:
            log.exception("message_lost", sequence=sequence)
