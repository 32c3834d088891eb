"""Asks a gateway for admission by each of its ways, and revokes it."""

import time
from dataclasses import dataclass

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from services.shared.bus.connection import Bus
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import REVOKE_SUBJECT, check_group
from tests.support.http import http_client
from tests.support.sockets import PROTOCOL
from tests.support.waiting import DEADLINE_SECONDS

LISTENS = 0
"""In place of a status: it was let in."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A refusal, or `LISTENS`."""

    status: int
    reason: str
    headers: dict[str, str]


async def ask_socket(
    address: str, group: str, *tokens: str, query: str = "", origin: str | None = None
) -> Answer:
    """Open a WebSocket with these tokens as sub-protocols, and close it if it opens."""
    try:
        async with connect(
            f"ws://{address}/ws/turbo_stream/{group}/{query}",
            origin=None if origin is None else Origin(origin),
            subprotocols=[PROTOCOL, *(Subprotocol(f"t.{token}") for token in tokens)],
            proxy=None,
        ):
            return Answer(LISTENS, "", {})
    except InvalidStatus as refused:
        answer = refused.response
        body = bytes(answer.body or b"").decode()
        return Answer(answer.status_code, body, dict(answer.headers.raw_items()))


async def ask_events(
    address: str, group: str, *, query: str = "", origin: str | None = None
) -> Answer:
    """Open an event stream, and leave it if it opens."""
    headers = {} if origin is None else {"origin": origin}
    url = f"http://{address}/sse/turbo_stream/{group}/{query}"
    async with (
        http_client() as client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        if answer.status_code == 200:
            return Answer(LISTENS, "", {})
        await answer.aread()
        return Answer(answer.status_code, answer.text, dict(answer.headers))


async def ask_each_way(address: str, group: str, token: str) -> list[Answer]:
    """Ask with one token as a sub-protocol, in a socket's query and in an event stream's."""
    return [
        await ask_socket(address, group, token),
        await ask_socket(address, group, query=f"?token={token}"),
        await ask_events(address, group, query=f"?token={token}"),
    ]


async def refused_each_way(address: str, group: str, token: str) -> Answer:
    """Ask in each way, expect the same plain refusal, and return it."""
    answers = await ask_each_way(address, group, token)
    first, *others = answers
    if any((other.status, other.reason) != (first.status, first.reason) for other in others):
        pytest.fail(f"three ways, several answers: {answers}")
    assert first.status != LISTENS
    assert first.headers["content-type"].startswith("text/plain")
    return first


async def revoke(
    bus: Bus,
    *,
    user: str | None = None,
    group: str | None = None,
    come_back: bool = False,
    renew: bool = False,
) -> None:
    """Order every gateway to close listeners' connections; publish it as web or as an operator."""
    named = None if group is None else check_group(group)
    revocation = Revocation(
        user=user, group=named, at=time.time(), come_back=come_back, renew=renew
    )
    await bus.client.publish(REVOKE_SUBJECT, revocation.model_dump_json().encode())
    await bus.client.flush(DEADLINE_SECONDS)
