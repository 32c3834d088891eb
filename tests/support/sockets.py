"""Sockets of a gateway as a browser opens them, and what a gateway says of itself."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from services.shared.bus.connection import Bus
from services.shared.bus.position import Cursor
from services.shared.bus.subjects import check_group, turbo_stream_subject
from tests.support.http import http_client
from tests.support.tokens import token_for
from tests.support.waiting import DEADLINE_SECONDS, until

ELEMENT = re.compile(r"<turbo-stream[ >].*?</turbo-stream>\s*", re.DOTALL)
CURSOR = re.compile(r'<turbo-stream data-cursor="([^"]*)"')
PROTOCOL = Subprotocol("turbo-stream.v1")


@dataclass(slots=True)
class Socket:
    """An open socket, the position that the last frame told, and how many heartbeats came."""

    connection: ClientConnection
    cursor: Cursor | None = None
    beats: int = 0

    async def receive(self, count: int) -> list[str]:
        """Return the next `count` elements; fail where there are more."""
        elements: list[str] = []
        while len(elements) < count:
            elements += await self.receive_any()
        assert len(elements) == count
        return elements

    async def close_code(self) -> int | None:
        """Read what was sent before the end, in whole frames, and return the end's code."""
        try:
            while True:
                await self.receive_any()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    async def receive_any(self) -> list[str]:
        """Return the elements of the next frame, without the cursor that it begins with."""
        frame = await self._next_text()
        assert ELEMENT.sub("", frame) == "", f"more than complete elements: {frame!r}"
        found = CURSOR.match(frame)
        assert found is not None, f"no cursor: {frame!r}"
        self.cursor = Cursor.parse(found[1])
        bare = "<turbo-stream" + frame[found.end() :]
        return [element.strip() for element in ELEMENT.findall(bare)]

    async def _next_text(self) -> str:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not isinstance(frame := await self.connection.recv(), str):
                self.cursor = Cursor.parse(frame.decode())
                self.beats += 1
        return frame


@asynccontextmanager
async def listening(  # noqa: PLR0913 - each is a thing that a browser may send
    address: str,
    group: str,
    *,
    token: str | None = "",
    since: str | Cursor | None = None,
    user: str = "1",
    origin: str | None = None,
    max_queue: int | None = 16,
) -> AsyncIterator[Socket]:
    """Listen to `group` for as long as the body runs.

    An empty `token` means a good one of `user` for that group; None offers no token.
    """
    offered = token_for(group, user) if token == "" else token
    tokens = [] if offered is None else [Subprotocol(f"t.{offered}")]
    async with connect(
        socket_url(address, group, since),
        origin=Origin(origin) if origin else None,
        subprotocols=[PROTOCOL, *tokens],
        max_queue=max_queue,
        open_timeout=DEADLINE_SECONDS,
        ping_interval=None,
        proxy=None,
        user_agent_header=None,
    ) as connection:
        assert connection.subprotocol == PROTOCOL
        yield Socket(connection)


def socket_url(address: str, group: str, since: str | Cursor | None = None) -> str:
    """Return the address of a group's socket; `group` goes into it as it is."""
    query = "" if since is None else f"?since={quote(str(since))}"
    return f"ws://{address}/ws/turbo_stream/{group}/{query}"


def element(text: str, target: str = "log") -> str:
    """Write a turbo-stream element that holds `text`."""
    return (
        f'<turbo-stream action="append" target="{target}">'
        f"<template>{text}</template></turbo-stream>"
    )


async def publish(bus: Bus, group: str, html: str | bytes) -> None:
    """Store a publication for `group`, whatever is in it."""
    payload = html.encode() if isinstance(html, str) else html
    await bus.publish(turbo_stream_subject(check_group(group)), payload, uuid4().hex)


async def measured(address: str, name: str, **labels: str) -> float:
    """Read one value from `/metrics`; 0 where nothing was counted yet."""
    async with http_client() as client:
        text = (await client.get(f"http://{address}/metrics")).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def until_measured(address: str, name: str, expected: float) -> None:
    """Wait until `/metrics` shows this value."""

    async def shows() -> bool:
        return await measured(address, name) == expected

    await until(shows)
