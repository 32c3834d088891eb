"""No part of a token reaches the gateway's log, its answers or its metrics."""

import asyncio
import time

import pytest

from services.shared.bus.connection import Bus
from services.shared.process.logging import configure_logging
from tests.integration.realtime.conftest import GatewayWith
from tests.support.asking import ask_each_way, ask_socket, revoke
from tests.support.http import http_client
from tests.support.logs import restored_logging
from tests.support.sockets import listening
from tests.support.tokens import forged, minted_at, token_for
from tests.support.waiting import DEADLINE_SECONDS

__all__ = ["restored_logging"]


@pytest.mark.usefixtures("restored_logging")
async def test_no_token_reaches_a_log_an_answer_or_a_metric(
    gateway_with: GatewayWith, web_bus: Bus, capfd: pytest.CaptureFixture[str]
) -> None:
    good, revoked = token_for("chat_1"), token_for("chat_1", "leaver")
    tokens = [
        good,
        revoked,
        forged("chat_1"),
        minted_at("chat_1", time.time() - 100),
        token_for("chat_2"),
    ]
    configure_logging("debug", "json")
    async with gateway_with() as address:
        await revoke(web_bus, user="leaver")
        said = await answers_to(address, tokens)
        async with http_client() as client:
            metrics = (await client.get(f"http://{address}/metrics")).text
        async with listening(address, "chat_1", token=good):
            pass
    output, errors = capfd.readouterr()
    written = output + errors + metrics + "".join(said)
    assert "sent_away" in written
    assert "socket_ended" in written
    parts = {part for token in tokens for part in token.split(".")[1:]}
    assert [part for part in parts if part in written] == []


async def answers_to(address: str, tokens: list[str]) -> list[str]:
    """Ask with every token in every way, malformed ones too; return the answers."""
    said: list[str] = []
    for token in tokens:
        said += [str(answer) for answer in await ask_each_way(address, "chat_1", token)]
        said += [str(await ask_socket(address, "chat_1", token, token))]
        said += [str(await ask_socket(address, token, token))]
        for request in rude_requests(token):
            said.append(await answer_to(address, request))
    return said


def rude_requests(token: str) -> list[str]:
    path = f"/ws/turbo_stream/chat_1/?token={token}"
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    handshake = f"Sec-WebSocket-Version: 8\r\nSec-WebSocket-Protocol: t.{token},,\r\n"
    return [
        f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET {path} HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n",
        f"GET {path} HTTP/1.1\r\nHost: x\r\n{upgrade}{handshake}\r\n",
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        f"GET /{token} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET {path} {token}\r\n\r\n",
        f"{token} / HTTP/1.1\r\n\r\n",
    ]


async def answer_to(address: str, request: str) -> str:
    """Send these bytes, and return what comes back."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    writer.write_eof()
    async with asyncio.timeout(DEADLINE_SECONDS):
        answer = await reader.read()
    writer.close()
    return answer.decode(errors="replace")
