"""What comes from the bus while we listen: one core subscription a subject, read without a task."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, cast, override

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from services.realtime.nats_reading.live_parser import Inlet
from services.realtime.nats_reading.wire import number_in, write_headers
from services.shared.bus.errors import BusAwayError
from services.shared.process.logging import get_logger

SEQUENCE: Final = b"\r\nNats-Sequence: "
PREVIOUS: Final = b"\r\nNats-Last-Sequence: "

log = get_logger("realtime.feed")


class Message(NamedTuple):
    """A message as it stands on the wire; `wire` reads its headers."""

    subject: bytes
    headers: bytes
    payload: bytes


class Republished(NamedTuple):
    """A message that the stream has stored and sent on (ADR-28, "Republish")."""

    sequence: int
    previous: int
    """The number of the one before it on its subject; 0 where none is kept."""
    payload: bytes
    headers: bytes = b""


type Receive = Callable[[Message], None]
type Take = Callable[[Republished], None]


async def listen(client: Client, subject: str, receive: Receive) -> Subscription:
    """Call `receive` with each message on `subject`, within the client's own reading of it.

    nats-py gives every subscription with a callback a task and wakes it for every message. One with
    a future it tells at once, and asks it only whether it was cancelled; an `Inlet` is such a
    future, and stays. Raises `BusAwayError` while there is no server to listen to.
    """
    return await _subscribe(client, subject, MessageInlet(receive))


async def follow(client: Client, subject: str, take: Take) -> Subscription:
    """Call `take` with each message that the stream republishes on `subject`.

    Raises `BusAwayError` while there is no server to listen to.
    """
    return await _subscribe(client, subject, RepublishedInlet(take))


async def _subscribe(client: Client, subject: str, inlet: Inlet) -> Subscription:
    if not client.is_connected:
        raise BusAwayError("not connected to NATS")
    return await client.subscribe(subject, future=cast("asyncio.Future[Msg]", inlet))


class _Future(Inlet):
    """What nats-py takes for the future of a request, given every message there is."""

    __slots__ = ()

    def cancelled(self) -> bool:
        return False

    def set_result(self, message: Msg) -> None:
        self.take_raw(message.subject.encode(), write_headers(message.headers), message.data)


@dataclass(frozen=True, slots=True)
class MessageInlet(_Future):
    """Hands over every message."""

    receive: Receive

    @override
    def take_raw(self, subject: bytes, headers: bytes, payload: bytes) -> None:
        try:
            self.receive(Message(subject, headers, payload))
        except Exception:
            # An error in here would end nats-py's reading for good, for every group.
            log.exception("message_lost", subject=subject.decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class RepublishedInlet(_Future):
    """Hands over republished messages; what has no place in the stream comes from nobody."""

    take: Take

    @override
    def take_raw(self, subject: bytes, headers: bytes, payload: bytes) -> None:
        try:
            sequence, previous = number_in(headers, SEQUENCE), number_in(headers, PREVIOUS)
        except ValueError:
            return
        try:
            self.take(Republished(sequence, previous, payload, headers))
        except Exception:
            log.exception("message_lost", sequence=sequence)
