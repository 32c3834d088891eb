"""Publishing into streams and waiting for acks, with one inbox for a whole connection.

With nats-py's requests, each publication would need an inbox name, a timer and a task of its own.
Here all share one inbox and one timer.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import Header, PubAck, StatusCode
from pydantic import BaseModel, ValidationError

from services.shared.bus.errors import PublishRefusedError

ACK_SECONDS: Final = 2.0


def size_of_headers(headers: Mapping[str, str]) -> int:
    """Return how many bytes headers take on the wire (NATS client protocol, `HPUB`)."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return len(f"NATS/1.0\r\n{lines}\r\n".encode())


class _Error(BaseModel):
    err_code: int = 0
    description: str = ""


class _Ack(BaseModel):
    """The server's answer (JetStream API, "Publish acknowledgement")."""

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
        """Subscribe to the inbox; nats-py repeats that after each reconnection."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._hear)

    async def publish(self, subject: str, headers: Mapping[str, str], payload: bytes) -> PubAck:
        """Publish once and return the ack.

        Raises `PublishRefusedError`, and what nats-py raises if the connection is down, no ack came
        within two seconds, or no stream has the subject.
        """
        # nats-py would buffer it until it has reconnected, when it may be out of date.
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
        """Pass an ack on to its publisher, unless that has given up."""
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
        """Fail the publications whose deadline has passed; one timer serves all."""
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
        raise PublishRefusedError("an ack that cannot be read") from error
    if ack.error is not None:
        raise PublishRefusedError(ack.error.description, ack.error.err_code)
    return PubAck(stream=ack.stream, seq=ack.seq, duplicate=ack.duplicate)
