"""The acks of what is published into streams: one inbox for all of a connection's.

nats-py makes every publication a request: its headers are checked one by one, it has an inbox' name
of its own, two timers and a task's queue to be woken through, and its ack is read twice. For what a
growing answer publishes that is most of the cost. So a publication is written here as it goes onto
the wire, and its ack taken within the client's own reading.

Reference: NATS client protocol, `HPUB <subject> <reply> <header bytes> <total bytes>`.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, cast

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import Header, PubAck, StatusCode
from pydantic import BaseModel, ValidationError

ACK_SECONDS: Final = 2.0
_STATUS: Final = "Status"


def header_block(headers: Mapping[Header, str]) -> bytes:
    """Write headers as they stand before a payload; raises ValueError for what is no header."""
    lines = "".join(f"{name.value}: {value}\r\n" for name, value in headers.items())
    if lines.count("\r") + lines.count("\n") != 2 * len(headers):
        raise ValueError("a header is one line")
    return f"NATS/1.0\r\n{lines}\r\n".encode()


class RefusedError(Exception):
    """The server has not stored a message, and told why."""

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code


class _Error(BaseModel):
    err_code: int = 0
    description: str = ""


class _Ack(BaseModel):
    """What the server answers (JetStream API, "Publish acknowledgement")."""

    stream: str = ""
    seq: int = 0
    duplicate: bool = False
    error: _Error | None = None


class Acks:
    """Publishes on one connection and waits for acks.

    It stands as the future of its own subscription: nats-py gives that each message at once, and
    asks it only whether it was cancelled.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._count = 0
        # In the order of their deadlines.
        self._awaited: dict[str, tuple[float, asyncio.Future[Msg]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def listen(self) -> None:
        """Subscribe to the inbox; nats-py does it again after each reconnection."""
        future = cast("asyncio.Future[Msg]", self)
        await self._client.subscribe(f"{self._inbox}.*", future=future)

    async def publish(self, subject: str, headers: bytes, payload: bytes) -> PubAck:
        """Publish once and return the ack; `headers` are what `header_block` wrote.

        Raises `RefusedError`, and what nats-py does where the connection is away, where nothing
        came within two seconds and where nobody listens.
        """
        self._count += 1
        reply = f"{self._inbox}.{self._count}"
        sizes = f"{len(headers)} {len(headers) + len(payload)}"
        line = f"HPUB {subject} {reply} {sizes}\r\n".encode()
        future = self._expect(reply)
        try:
            await self._send(b"".join((line, headers, payload, b"\r\n")))
            return _read(await future)
        finally:
            self._awaited.pop(reply, None)

    def cancelled(self) -> bool:
        """Say that messages are still wanted."""
        return False

    def set_result(self, message: Msg) -> None:
        """Take an ack; it may come too late."""
        _, future = self._awaited.get(message.subject, (0.0, None))
        if future is not None and not future.done():
            future.set_result(message)

    async def _send(self, command: bytes) -> None:
        client = self._client
        queue = client._flush_queue  # noqa: SLF001 - nats-py offers no other way
        if queue is None or not client.is_connected:
            raise nats.errors.ConnectionReconnectingError
        await client._send_command(command)  # noqa: SLF001
        if queue.empty():
            await client._flush_pending()  # noqa: SLF001

    def _expect(self, reply: str) -> "asyncio.Future[Msg]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Msg] = loop.create_future()
        self._awaited[reply] = (loop.time() + ACK_SECONDS, future)
        if self._timer is None:
            self._timer = loop.call_later(ACK_SECONDS, self._give_up)
        return future

    def _give_up(self) -> None:
        """Tell those that have waited too long; one timer serves all."""
        loop = asyncio.get_running_loop()
        self._timer = None
        for deadline, future in self._awaited.values():
            if deadline > loop.time():
                self._timer = loop.call_at(deadline, self._give_up)
                break
            if not future.done():
                future.set_exception(nats.errors.TimeoutError())


def _read(message: Msg) -> PubAck:
    if message.headers and message.headers.get(_STATUS) == StatusCode.SERVICE_UNAVAILABLE:
        raise nats.errors.NoRespondersError
    try:
        ack = _Ack.model_validate_json(message.data)
    except ValidationError as error:
        raise RefusedError("an ack that cannot be read") from error
    if ack.error is not None:
        raise RefusedError(ack.error.description, ack.error.err_code)
    return PubAck(stream=ack.stream, seq=ack.seq, duplicate=ack.duplicate)
