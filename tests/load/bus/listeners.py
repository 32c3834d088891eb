"""A process of many NATS connections in the place of gateways: they listen, and count what comes.

They speak the client protocol themselves (NATS, "Client Protocol"): a library's client would need
more CPU and memory than the server that is measured.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Final, cast, override

import uvloop

from services.shared.bus.subjects import check_group, live_turbo_stream_subject
from tests.load.answering import Answer, Order, answer_orders
from tests.load.schedule import group_name

_STILL_SECONDS: Final = 0.5
_WAIT_SECONDS: Final = 60.0
_MESSAGE: Final = b"HMSG "
_LONGEST_TOKEN: Final = len(_MESSAGE)


class Connection(asyncio.Protocol):
    """One connection; `ready` is done when the server has taken all its subscriptions."""

    def __init__(self, hello: bytes) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.messages = 0
        self._hello = hello
        self._transport: asyncio.Transport | None = None
        self._end = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._hello)

    @override
    def data_received(self, data: bytes) -> None:
        # The publications hold no such letters; one may be cut in two.
        data = self._end + data
        self.messages += data.count(_MESSAGE)
        self._end = data[1 - _LONGEST_TOKEN :]
        if b"PING\r\n" in data and self._transport is not None:
            self._transport.write(b"PONG\r\n")
        if not self.ready.done():
            self._note_readiness(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("the server hung up"))

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.close()

    def _note_readiness(self, data: bytes) -> None:
        if b"-ERR" in data:
            self.ready.set_exception(ConnectionError(data.decode(errors="replace")))
        elif b"PONG" in data:
            self.ready.set_result(None)


@dataclass(slots=True)
class Listeners:
    """The orders that the process carries out."""

    connections: list[Connection] = field(default_factory=list)

    async def carry_out(self, order: Order) -> Answer:
        """Open connections that each listen to `groups` of their own or shared ones; count."""
        match order:
            case {"do": "open", "connections": count, "groups": groups, "own": own}:
                for place in range(count):
                    first = place * groups if own else 0
                    await self._open(order, range(first, first + groups))
                return {}
            case {"do": "count", "expected": expected}:
                return await self._count(expected)
            case {"do": "close"}:
                for connection in self.connections:
                    connection.close()
                self.connections.clear()
                return {}
            case _:
                raise ValueError(f"no such order: {order}")

    async def _open(self, order: Order, groups: range) -> None:
        login = {"user": order["user"], "pass": order["password"]}
        options = {"verbose": False, "headers": True, "lang": "bench", **login}
        lines = [f"CONNECT {json.dumps(options)}", *map(_subscription, groups), "PING", ""]
        hello = "\r\n".join(lines).encode()
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: Connection(hello), "127.0.0.1", order["port"]
        )
        self.connections.append(connection)
        await connection.ready

    async def _count(self, expected: int) -> Answer:
        """Wait for so many messages, as long as there is hope; then for any more."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_SECONDS
        while self._messages < expected and loop.time() < deadline:  # noqa: ASYNC110 - an event a message would cost more
            await asyncio.sleep(_STILL_SECONDS / 10)
        await asyncio.sleep(_STILL_SECONDS)
        counted = self._messages
        for connection in self.connections:
            connection.messages = 0
        return {"messages": counted}

    @property
    def _messages(self) -> int:
        return sum(connection.messages for connection in self.connections)


def _subscription(group: int) -> str:
    return f"SUB {live_turbo_stream_subject(check_group(group_name(group)))} {group + 1}"


if __name__ == "__main__":
    uvloop.run(answer_orders(Listeners().carry_out))
