"""What a gateway writes down, answers and counts holds nothing of a token."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.support.asking import ask_each_way, ask_socket, revoke
from tests.support.gateways import ROOT, Gateway, environment, free_port
from tests.support.http import http_client
from tests.support.sockets import listening
from tests.support.tokens import forged, minted_at, token_for
from tests.support.waiting import DEADLINE_SECONDS


async def test_no_token_reaches_a_log_an_answer_or_a_metric(
    nats_server: NatsServer, web_bus: Bus, tmp_path: Path
) -> None:
    good, revoked = token_for("chat_1"), token_for("chat_1", "leaver")
    tokens = [
        good,
        revoked,
        forged("chat_1"),
        minted_at("chat_1", time.time() - 100),
        token_for("chat_2"),
    ]
    gateway = start_talkative_gateway(nats_server, tmp_path / "log")
    try:
        await gateway.until_ready()
        await revoke(web_bus, user="leaver")
        said = await answers_to(gateway.address, tokens)
        async with http_client() as client:
            metrics = (await client.get(f"http://{gateway.address}/metrics")).text
        async with listening(gateway.address, "chat_1", token=good):
            gateway.terminate()
            await gateway.until_ended()
    finally:
        gateway.kill()
        gateway.process.wait()
    written = gateway.log.read_text() + metrics + "".join(said)
    assert "sent_away" in written
    parts = {part for token in tokens for part in token.split(".")[1:]}
    assert [part for part in parts if part in written] == []


def start_talkative_gateway(nats_server: NatsServer, log: Path) -> Gateway:
    port = free_port()
    settings = environment(nats_server.url("realtime"), {"port": port, "drain_seconds": 0})
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.realtime"],
            env={**settings, "NATTER_LOG_LEVEL": "debug"},
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    return Gateway(process, port, log)


async def answers_to(address: str, tokens: list[str]) -> list[str]:
    """Ask with every token in every way, the rude ones too; return what is answered."""
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
    """Send any bytes at all and return what comes back before the end."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    writer.write_eof()
    async with asyncio.timeout(DEADLINE_SECONDS):
        answer = await reader.read()
    writer.close()
    return answer.decode(errors="replace")
