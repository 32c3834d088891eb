"""The proxy's log: who asked for what, and nothing that is secret."""

import asyncio
import json
from itertools import product
from pathlib import Path

import pytest

from tests.integration.proxy.proxied import NOBODY, proxied
from tests.support.event_streams import reading
from tests.support.http import http_client
from tests.support.sockets import listening
from tests.support.stack import Web
from tests.support.tokens import token_for
from tests.support.waiting import until


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
@pytest.mark.parametrize("is_away", [False, True], ids=["there", "away"])
async def test_no_token_and_no_cookie_is_logged(
    tmp_path: Path, web: Web, gateway: str, level: str, is_away: bool
) -> None:
    token = token_for("chat_1")
    there, here = (NOBODY, NOBODY) if is_away else (web.address, gateway)
    async with (
        proxied(tmp_path, web=there, realtime=here, PROXY_LOG_LEVEL=level) as site,
        http_client(f"http://{site.address}") as client,
    ):
        if not is_away:
            async with reading(site.address), listening(site.address, "chat_1"):
                pass
        secret = {
            "cookie": f"session={token}",
            "authorization": f"Bearer {token}",
            "referer": f"http://localhost/?token={token}",
            "sec-websocket-protocol": f"turbo-stream.v1, t.{token}",
        }
        paths = ["/sse/turbo_stream/chat_1/", "/ws/turbo_stream/chat_1/", "/logged/", "/metrics"]
        queries = (f"?token={token}", f"?a=b&%74oken={token}", f"?{token}")

        async def ask(address: str) -> None:
            async with client.stream("GET", address, headers=secret):
                pass

        async with asyncio.TaskGroup() as asked:
            for path, query in product(paths, queries):
                asked.create_task(ask(path + query))

        async def all_are_logged() -> bool:
            return sum("handled request" in line for line in site.caddy.lines) >= 3 * len(paths)

        await until(all_are_logged)
        log = site.caddy.log
    for part in token.split("."):
        assert part not in log
    lines = map(json.loads, log.splitlines())
    assert {line["request"]["uri"] for line in lines if "request" in line} == set(paths)
