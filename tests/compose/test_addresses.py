"""Limits are those of the client's own address, whatever it says of itself."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.compose.changes import changed
from tests.compose.engine import run
from tests.compose.project import Project
from tests.compose.psql_store import PsqlStore
from tests.compose.replicas import metric
from tests.support.chatting.chat import Chat, new_chat
from tests.support.chatting.reader import fetch_page
from tests.support.sockets import PROTOCOL, socket_url

LIMIT: Final = 2
# From a container of its own on the proxy's network, which is another address than this machine's.
ELSEWHERE: Final = """
import socket, sys
with socket.create_connection(("proxy", 80), timeout=30) as link:
    link.sendall(sys.stdin.buffer.read())
    print(link.recv(12).decode())
"""
HANDSHAKE: Final = (
    "GET /ws/turbo_stream/{group}/ HTTP/1.1\r\nHost: proxy\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: turbo-stream.v1, t.{token}\r\n\r\n"
)
"""RFC 6455, section 1.2."""


@pytest_asyncio.fixture
async def chat(stack: Project) -> AsyncIterator[Chat]:
    """A chat of a stack in which one address may open two sockets."""
    limit = str(LIMIT)
    async with (
        changed(stack, NATTER_REALTIME_MAX_SOCKETS_PER_ADDRESS=limit),
        stack.http() as http,
    ):
        yield await new_chat(http, PsqlStore(stack))


async def test_an_address_has_its_own_limit(stack: Project, chat: Chat) -> None:
    gateway = stack.container("realtime")
    group, token = f"chat_{chat.number}", await _token(chat)
    async with AsyncExitStack() as sockets:
        for _ in range(LIMIT):
            assert await _status(sockets, stack, group, token) == 101
        for claimed in ({}, {"X-Forwarded-For": "203.0.113.7"}, {"X-Real-IP": "203.0.113.8"}):
            assert await _status(sockets, stack, group, token, **claimed) == 429
        assert _from_elsewhere(stack, group, token) == "HTTP/1.1 101"
    refused = "natter_realtime_refused_handshakes_total"
    assert metric(gateway, "realtime", refused, status="429") == 3


async def _token(chat: Chat) -> str:
    page = await fetch_page(chat.http, chat.number)
    source = page.root.first("natter-stream-source")
    assert source is not None
    return source.attributes["token"]


async def _status(
    sockets: AsyncExitStack, stack: Project, group: str, token: str, **headers: str
) -> int:
    """Open a socket from this machine, and keep it open if it opens."""
    opening = connect(
        socket_url(stack.address, group),
        subprotocols=[PROTOCOL, Subprotocol(f"t.{token}")],
        additional_headers=headers,
        proxy=None,
    )
    try:
        await sockets.enter_async_context(opening)
    except InvalidStatus as refused:
        return refused.response.status_code
    return 101


def _from_elsewhere(stack: Project, group: str, token: str) -> str:
    own = ("--rm", "--interactive", "--pull=never", f"--network={stack.name}_published")
    program = ("--entrypoint=python", f"natter-realtime:{stack.tag}", "-c", ELSEWHERE)
    given = HANDSHAKE.format(group=group, token=token).encode()
    return run("docker", "run", *own, *program, given=given).strip()
