"""The acks of what is published into streams: one inbox for all of a connection's.

As requests of nats-py, publications would each have an inbox' name, a timer and a task of their
own. Here they share an inbox, and one timer gives up what was never acked.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import Header, PubAck, StatusCode
from pydantic import BaseModel, ValidationError

ACK_SECONDS: Final = 2.0


def size_of_headers(headers: Mapping[str, str]) -> int:
    """Return the bytes that headers take on the wire (NATS client protocol, `HPUB`)."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return len(f"NATS/1.0\r\n{lines}\r\n".encode())


class RefusedError(Exception):
    """The server has not stored a message, and told why."""

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(f"{reason} ({code})")
        self.reason = reason
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
    """Publishes on one connection and waits for acks."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._count = 0
        # In the order of their deadlines.
        self._awaited: dict[str, tuple[float, asyncio.Future[Msg]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def listen(self) -> None:
        """Subscribe to the inbox; nats-py does it again after each reconnection."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._hear)

    async def publish(self, subject: str, headers: Mapping[str, str], payload: bytes) -> PubAck:
        """Publish once and return the ack.

        Raises `RefusedError`, and what nats-py does where the connection is away, where nothing
        came within two seconds and where nobody listens.
        """
        # nats-py would keep it until the connection is back: nobody knows what holds by then.
        if not self._client.is_connected:
            raise nats.errors.ConnectionReconnectingError
        self._count += 1
        reply = f"{self._inbox}.{self._count}"
        future = self._expect(reply)
        try:
            await self._client.publish(subject, payload, reply=reply, headers=dict(headers))
            return _read(await future)
        finally:
            self._awaited.pop(reply, None)

    async def _hear(self, message: Msg) -> None:
        """Take an ack; it may come too late."""
        _, future = self._awaited.get(message.subject, (0.0, None))
        if future is not None and not future.done():
            future.set_result(message)

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
    if message.headers and message.headers.get(Header.STATUS) == StatusCode.SERVICE_UNAVAILABLE:
        raise nats.errors.NoRespondersError
    try:
        ack = _Ack.model_validate_json(message.data)
    except ValidationError as error:
        raise RefusedError("an ack that cannot be read") from error
    if ack.error is not None:
        raise RefusedError(ack.error.description, ack.error.err_code)
    return PubAck(stream=ack.stream, seq=ack.seq, duplicate=ack.duplicate)
