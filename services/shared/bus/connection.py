"""The connection to NATS, and publishing that waits until the message is stored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import Header, PubAck

from services.shared.bus.acks import Acks, RefusedError, size_of_headers
from services.shared.bus.events import CONNECTION_FAULTS, BusEvents, leave
from services.shared.bus.leader_lease import Lease
from services.shared.bus.login import inbox_prefix, login, reason_of, servers
from services.shared.process.logging import get_logger
from services.shared.process.tracing.context import trace_headers

PING_SECONDS: Final = 5
RECONNECT_SECONDS: Final = 1
RETRY_SECONDS: Final = 0.25
GIVE_UP_SECONDS: Final = 60.0
# For so long a server may go on that has lost the lead and does not know it yet.
STALE_SECONDS: Final = 2.0
WRONG_LAST_SEQUENCE: Final = 10071
ROLLUP_SUBJECT: Final = "sub"

__all__ = ["CONNECTION_FAULTS", "Bus", "open_bus"]

log = get_logger("bus")


class PublishError(Exception):
    """A message was not stored."""


class BusAwayError(PublishError):
    """The bus gave no ack for a minute, or took no connection where nobody waits for one."""


class MessageTooLargeError(PublishError):
    """The bus will never take a message of this size."""


class OvertakenError(PublishError):
    """The subject's newest message is number `newest`, not the one that this was to follow."""

    def __init__(self, text: str, newest: int) -> None:
        super().__init__(text)
        self.newest = newest


type Assure = Callable[[], Awaitable[None]]


async def nothing_to_assure() -> None:
    """Say that a message may be stored, whenever that is."""


@dataclass(frozen=True, slots=True)
class Bus:
    """An open connection and its JetStream."""

    client: Client
    jetstream: JetStreamContext
    acks: Acks
    lease: Lease

    @property
    def max_payload(self) -> int:
        """Largest message the server takes, in bytes."""
        return self.client.max_payload

    def fits(self, headers: Mapping[str, str], payload: bytes) -> bool:
        """Tell whether the server takes a message of this size.

        It counts the headers, nats-py does not; sent too much, it closes the connection.
        """
        return size_of_headers(headers) + len(payload) <= self.max_payload

    def traced(self, headers: Mapping[str, str], payload: bytes) -> Mapping[str, str]:
        """Add the context of the current trace to a message's headers, where there is room for it.

        Raises `MessageTooLargeError` for a message that the server takes without it no more.
        """
        traced = {**headers, **trace_headers()}
        if self.fits(traced, payload):
            return traced
        if self.fits(headers, payload):
            return headers
        raise MessageTooLargeError(f"{len(payload)} bytes are too many")

    async def publish(self, subject: str, payload: bytes, message_id: str) -> PubAck:
        """Store a message in the stream of `subject`, once, and return its position.

        A publish whose ack is lost is tried again with the same `Nats-Msg-Id`, which the stream
        takes once in two minutes (JetStream, "Message Deduplication"); so a retry never doubles.
        Raises `BusAwayError` after a minute, `MessageTooLargeError` at once.
        """
        return await self._store(subject, payload, {Header.MSG_ID.value: message_id})

    async def publish_after(
        self,
        last: int,
        subject: str,
        payload: bytes,
        message_id: str,
        *,
        rollup: bool = False,
        assure: Assure = nothing_to_assure,
    ) -> PubAck:
        """Store a message if number `last` is still the subject's newest (0: it has none).

        With `rollup` it takes the place of all that the subject has. Raises `OvertakenError` where
        the newest is another one, which may be this very message, whose ack was lost: the server
        looks at its `Nats-Msg-Id` only after that. A server that names one before `last` has not
        heard of it yet, and is asked again. Otherwise raises what `publish` does. `assure`
        is awaited before every try: what it raises ends them, but for `BusAwayError`.
        """
        headers = {
            Header.MSG_ID.value: message_id,
            Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(last),
        }
        if rollup:
            headers[Header.ROLLUP.value] = ROLLUP_SUBJECT
        return await self._store(subject, payload, headers, assure, last)

    async def _store(
        self,
        subject: str,
        payload: bytes,
        headers: Mapping[str, str],
        assure: Assure = nothing_to_assure,
        last: int = 0,
    ) -> PubAck:
        headers = self.traced(headers, payload)
        begun = asyncio.get_running_loop().time()
        is_told = False
        while True:
            try:
                await assure()
                return await self.acks.publish(subject, headers, payload)
            except (RefusedError, BusAwayError, *CONNECTION_FAULTS) as error:
                waited = asyncio.get_running_loop().time() - begun
                if (newest := _newest(error)) is not None and (
                    newest >= last or waited > STALE_SECONDS
                ):
                    raise OvertakenError(f"not the next on {subject}", newest) from error
                if waited > GIVE_UP_SECONDS:
                    raise BusAwayError(f"nothing stored on {subject}") from error
                if not is_told:
                    log.warning("publish_retried", subject=subject, error=repr(error))
                is_told = True
            await asyncio.sleep(RETRY_SECONDS)

    async def check(self) -> None:
        """Raise unless the connection is up."""
        if not self.client.is_connected:
            raise ConnectionError("not connected to NATS")


def _newest(error: Exception) -> int | None:
    """Return the number that a refusal names: "wrong last sequence: 7"."""
    if not isinstance(error, RefusedError) or error.code != WRONG_LAST_SEQUENCE:
        return None
    number = error.reason.rpartition(" ")[2]
    return int(number) if number.isdecimal() else None


@asynccontextmanager
async def open_bus(
    url: str | Callable[[], str],
    *,
    name: str,
    patient: bool = True,
    on_gap: Callable[[], None] = lambda: None,
) -> AsyncIterator[Bus]:
    """Connect as the user in `url`, waiting until a server is there; flush on leaving.

    It may name several servers of a cluster, between commas; any of them will do. A function is
    asked for the URL again with each connection: it may hold another password by then, which is
    all of it that may change. Without `patient`, the failure of the last server is raised as
    `BusAwayError` with its reason. Raises ValueError for a URL of several logins.
    `on_gap` is called when a core subscription may miss something: after a disconnection and after
    a reconnection, and when more came than could be read.
    """
    client = Client()
    first = url if isinstance(url, str) else url()
    addresses = servers(first)
    on_no_start = _nothing_yet if patient else _giving_up(len(addresses))
    events = BusEvents(client, on_gap, on_no_start)
    try:
        await client.connect(
            addresses,
            name=name,
            **login(first, (lambda: first) if isinstance(url, str) else url),
            inbox_prefix=inbox_prefix(first),
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=1,
            error_cb=events.error,
            disconnected_cb=events.disconnected,
            reconnected_cb=events.reconnected,
            closed_cb=events.closed,
        )
        events.opened = True
        acks = Acks(client)
        await acks.listen()
        yield Bus(client, client.jetstream(), acks, Lease(client))
    finally:
        events.closing = True
        await leave(client)


def _nothing_yet(_error: Exception) -> None:
    """Wait on: a server may come."""


def _giving_up(servers: int) -> Callable[[Exception], None]:
    """Return what raises the failure of the last of so many servers."""
    attempts = count(1)

    def give_up(error: Exception) -> None:
        if next(attempts) >= servers:
            raise BusAwayError(reason_of(error)) from error

    return give_up
