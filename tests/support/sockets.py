"""Sockets of a gateway as a browser opens them, and what a gateway says of itself."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx2
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from services.shared.bus import Bus
from services.shared.subjects import check_group, turbo_stream_subject
from tests.support.waiting import DEADLINE_SECONDS, until

ELEMENT = re.compile(r"<turbo-stream[ >].*?</turbo-stream>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Socket:
    """An open socket."""

    connection: ClientConnection

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
        """Return the elements of the next frame, which holds nothing else."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            frame = await self.connection.recv()
        assert isinstance(frame, str), "a binary frame"
        assert ELEMENT.sub("", frame) == "", f"more than complete elements: {frame!r}"
        return [element.strip() for element in ELEMENT.findall(frame)]


@asynccontextmanager
async def listening(
    address: str,
    group: str,
    *,
    origin: str | None = None,
    max_queue: int | None = 16,
) -> AsyncIterator[Socket]:
    """Listen to `group` for as long as the body runs."""
    async with connect(
        socket_url(address, group),
        origin=Origin(origin) if origin else None,
        max_queue=max_queue,
        proxy=None,
        user_agent_header=None,
    ) as connection:
        yield Socket(connection)


def socket_url(address: str, group: str) -> str:
    """Name the address of a group's socket; `group` goes into it as it is."""
    return f"ws://{address}/ws/turbo_stream/{group}/"


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
    async with httpx2.AsyncClient() as client:
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
