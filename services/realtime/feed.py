"""What is published while we listen: one core subscription a group, read without a task."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from services.shared.bus import BusAwayError
from services.shared.logging import get_logger

SEQUENCE: Final = "Nats-Sequence"
PREVIOUS: Final = "Nats-Last-Sequence"
TIME: Final = "Nats-Time-Stamp"

log = get_logger("realtime.feed")

type Receive = Callable[[Msg], None]


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


def position_in(headers: Mapping[str, str] | None) -> tuple[int, int] | None:
    """Read a republished message's number in the stream, and that of its group's previous one.

    None where the message was not republished by the stream (ADR-28, "Republish").
    """
    if headers is None:
        return None
    try:
        return int(headers[SEQUENCE]), int(headers[PREVIOUS])
    except (KeyError, ValueError):
        return None


def stored_at(message: Msg) -> str | None:
    """Return when a republished message was stored, in ISO 8601, if it says so (NATS 2.10)."""
    return message.headers.get(TIME) if message.headers else None


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
