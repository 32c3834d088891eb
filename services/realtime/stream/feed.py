"""What is published while we listen: one core subscription a group, read without a task."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, cast, override

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from services.realtime.stream.live_parser import LiveInlet
from services.shared.bus import BusAwayError
from services.shared.logging import get_logger
from services.shared.stored_messages import SEQUENCE, TIME

PREVIOUS: Final = "Nats-Last-Sequence"

log = get_logger("realtime.feed")

RAW_SEQUENCE: Final = b"\r\nNats-Sequence: "
RAW_PREVIOUS: Final = b"\r\nNats-Last-Sequence: "
RAW_TIME: Final = b"\r\nNats-Time-Stamp: "

type Receive = Callable[[Msg], None]
type Take = Callable[["Republished"], None]


async def listen(client: Client, subject: str, receive: Receive) -> Subscription:
    """Call `receive` with each message on `subject`, within the client's own reading of it.

    nats-py gives every subscription with a callback a task and wakes it for every message. One with
    a future it tells at once, and asks it only whether it was cancelled; `_Inlet` is such a
    future, and stays. Raises `BusAwayError` while there is no server to listen to.
    """
    if not client.is_connected:
        raise BusAwayError("not connected to NATS")
    inlet = cast("asyncio.Future[Msg]", _Inlet(receive))
    return await client.subscribe(subject, future=inlet)


async def follow(client: Client, subject: str, take: Take) -> Subscription:
    """Call `take` with each message that the stream republishes on `subject`.

    Raises `BusAwayError` while there is no server to listen to.
    """
    if not client.is_connected:
        raise BusAwayError("not connected to NATS")
    inlet = cast("asyncio.Future[Msg]", RepublishedInlet(take))
    return await client.subscribe(subject, future=inlet)


class Republished(NamedTuple):
    """A message that the stream has stored and sent on (ADR-28, "Republish")."""

    sequence: int
    previous: int
    """The number of the one before it on its subject; 0 where none is kept."""
    payload: bytes
    stored_at: str | None
    """In ISO 8601; nats-server tells it since 2.10."""


@dataclass(frozen=True, slots=True)
class _Inlet:
    """What nats-py takes for the future of a request, given every message there is."""

    receive: Receive

    def cancelled(self) -> bool:
        return False

    def set_result(self, message: Msg) -> None:
        try:
            self.receive(message)
        except Exception:
            # An error in here would end nats-py's reading for good, for every group.
            log.exception("message_lost", subject=message.subject)


@dataclass(frozen=True, slots=True)
class RepublishedInlet(LiveInlet):
    """The same for republished messages, which are also taken as they stand on the wire."""

    take: Take

    def cancelled(self) -> bool:
        return False

    def set_result(self, message: Msg) -> None:
        headers = message.headers or {}
        try:
            sequence, previous = int(headers[SEQUENCE]), int(headers[PREVIOUS])
        except (KeyError, ValueError):
            return  # it came from nobody who may be believed
        self._take(Republished(sequence, previous, message.data, headers.get(TIME)))

    @override
    def take_raw(self, headers: bytes, payload: bytes) -> None:
        sequence, previous = _number(headers, RAW_SEQUENCE), _number(headers, RAW_PREVIOUS)
        if sequence is not None and previous is not None:
            self._take(Republished(sequence, previous, payload, _text(headers, RAW_TIME)))

    def _take(self, message: Republished) -> None:
        try:
            self.take(message)
        except Exception:
            log.exception("message_lost", sequence=message.sequence)


def _text(headers: bytes, name: bytes) -> str | None:
    """Return a header's value: the last, for the server writes its own behind a publisher's."""
    begin = headers.rfind(name)
    if begin < 0:
        return None
    begin += len(name)
    return headers[begin : headers.find(b"\r\n", begin)].decode("ascii", "replace")


def _number(headers: bytes, name: bytes) -> int | None:
    text = _text(headers, name)
    return int(text) if text is not None and text.isdecimal() else None
