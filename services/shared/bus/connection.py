"""The connection to NATS: opening it, and publishing into streams over it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import Header, PubAck

from services.shared.bus.acks import Acks, size_of_headers
from services.shared.bus.connection_events import ConnectionEvents, leave
from services.shared.bus.errors import BusAwayError, MessageTooLargeError
from services.shared.bus.leader_lease import Lease
from services.shared.bus.nats_url import inbox_prefix, login, reason_of, servers
from services.shared.bus.publishing import Assure, nothing_to_assure, publish_until_stored
from services.shared.process.tracing.context import trace_headers

PING_SECONDS: Final = 5
RECONNECT_SECONDS: Final = 1
ROLLUP_SUBJECT: Final = "sub"


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
        """Return whether the server takes a message of this size.

        The server counts the headers, nats-py does not; sent too much, it closes the connection.
        """
        return size_of_headers(headers) + len(payload) <= self.max_payload

    def traced(self, headers: Mapping[str, str], payload: bytes) -> Mapping[str, str]:
        """Add the current trace's context to a message's headers, if there is room for it.

        Raises `MessageTooLargeError` if the message is too large even without it.
        """
        traced = {**headers, **trace_headers()}
        if self.fits(traced, payload):
            return traced
        if self.fits(headers, payload):
            return headers
        raise MessageTooLargeError(f"{len(payload)} bytes are too many")

    async def publish(self, subject: str, payload: bytes, message_id: str) -> PubAck:
        """Store a message in the stream of `subject`, once, and return its position.

        A publish without an ack is retried with the same `Nats-Msg-Id`, which the stream takes
        once in two minutes (JetStream, "Message Deduplication"): a retry never stores it twice.
        Raises `BusAwayError` after a minute, `MessageTooLargeError` at once.
        """
        headers = self.traced({Header.MSG_ID.value: message_id}, payload)
        return await publish_until_stored(self.acks, subject, headers, payload)

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

        With `rollup` it replaces everything on the subject. Raises `OvertakenError` if another
        message is the newest. That may be this very message, if its ack was lost: the server looks
        at its `Nats-Msg-Id` only after that. Otherwise raises what `publish` and `assure` do.
        """
        headers = {
            Header.MSG_ID.value: message_id,
            Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(last),
        }
        if rollup:
            headers[Header.ROLLUP.value] = ROLLUP_SUBJECT
        traced = self.traced(headers, payload)
        return await publish_until_stored(
            self.acks, subject, traced, payload, assure=assure, last=last
        )

    async def check(self) -> None:
        """Raise `ConnectionError` unless the connection is up."""
        if not self.client.is_connected:
            raise ConnectionError("not connected to NATS")


@asynccontextmanager
async def open_bus(
    url: str | Callable[[], str],
    *,
    name: str,
    patient: bool = True,
    on_gap: Callable[[], None] = lambda: None,
) -> AsyncIterator[Bus]:
    """Connect as the user in `url`, and wait until a server is there; flush on leaving.

    `url` may name several servers of a cluster, between commas. A function is called again for each
    connection: it may return another password, and nothing else may change. Without `patient` the
    failure of the last server is raised as `BusAwayError`. Raises ValueError for a malformed URL.
    `on_gap` is called when a core subscription may miss messages: after a disconnection, after a
    reconnection, and when messages came faster than they were read.
    """
    client = Client()
    first = url if isinstance(url, str) else url()
    addresses = servers(first)
    on_no_start = _keep_trying if patient else _giving_up(len(addresses))
    events = ConnectionEvents(client, on_gap, on_no_start)
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


def _keep_trying(_error: Exception) -> None:
    """Ignore an error, because nats-py tries again."""


def _giving_up(servers: int) -> Callable[[Exception], None]:
    """Return a callback that raises `BusAwayError` once so many servers have failed."""
    attempts = count(1)

    def give_up(error: Exception) -> None:
        if next(attempts) >= servers:
            raise BusAwayError(reason_of(error)) from error

    return give_up
