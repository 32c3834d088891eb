"""What the proxy adds to the services' answers, and what it takes away."""

import re
from pathlib import Path

import pytest

from services.shared.bus.connection import Bus
from services.web.rendering.assets import FOR_GOOD
from tests.integration.proxy.proxied import proxied
from tests.integration.web.natter import Natter, logged
from tests.integration.web.pages import list_path, new_chat
from tests.support.curl import curl
from tests.support.event_streams import reading
from tests.support.http import http_client
from tests.support.sockets import element, publish
from tests.support.stack import Web

ASSET = re.compile(r'"(/static/build/[^"]*\.(?:css|js|svg))"')


@pytest.mark.parametrize(("accepted", "coding"), [("gzip", "gzip"), ("gzip, zstd", "zstd")])
async def test_pages_styles_and_scripts_are_compressed(
    tmp_path: Path, web: Web, accepted: str, coding: str
) -> None:
    page = list_path(await new_chat(web))
    found = ASSET.findall((await web.client.get(page)).text)
    assert {path.rpartition(".")[2] for path in found} >= {"css", "js"}
    async with (
        proxied(tmp_path, web=web.address) as site,
        http_client(f"http://{site.address}") as client,
    ):
        for path in [page, *found]:
            if path.endswith(".svg"):  # it is small
                continue
            request = client.build_request("GET", path, headers={"accept-encoding": accepted})
            answer = await client.send(request, stream=True)
            assert answer.headers["content-encoding"] == coding, path
            assert "accept-encoding" in answer.headers["vary"].lower()
            await answer.aclose()


async def test_files_are_kept_for_good_and_known_again(tmp_path: Path, web: Web) -> None:
    page = await web.client.get(list_path(await new_chat(web)))
    async with (
        proxied(tmp_path, web=web.address) as site,
        http_client(f"http://{site.address}") as client,
    ):
        for path in ASSET.findall(page.text):
            for coding in ("gzip", "identity"):
                headers = {"accept-encoding": coding}
                answer = await client.get(path, headers=headers)
                assert answer.headers["cache-control"] == FOR_GOOD
                assert answer.content == (await web.client.get(path)).content
                known = {**headers, "if-none-match": answer.headers["etag"]}
                assert (await client.get(path, headers=known)).status_code == 304


async def test_event_streams_are_not_gathered(tmp_path: Path, gateway: str, web_bus: Bus) -> None:
    async with (
        proxied(tmp_path, realtime=gateway) as site,
        reading(site.address, accept_encoding="gzip, zstd") as events,
    ):
        assert "content-encoding" not in events.answer.headers
        await publish(web_bus, "chat_1", element("hello"))
        assert await events.next() == element("hello")


async def test_a_page_that_grows_is_not_gathered(tmp_path: Path, natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    async with (
        proxied(tmp_path, web=natter.web.address) as site,
        curl("--compressed", f"http://{site.address}{list_path(chat)}") as reader,
    ):
        await reader.until('message--user"')
        await natter.write_log(answer, logged("First.\n\nSec"))
        assert "Sec" not in await reader.until("First.")
        await natter.end(answer)
        assert (await reader.to_end()).rstrip().endswith("</html>")


async def test_no_answer_says_what_serves_it(tmp_path: Path, web: Web, gateway: str) -> None:
    async with (
        proxied(tmp_path, web=web.address, realtime=gateway) as site,
        http_client(f"http://{site.address}") as client,
    ):
        for path in ("/chat/", "/metrics", "/sse/turbo_stream/chat_1/", "/ws/x/", "/missing/"):
            answer = await client.get(path)
            assert {"server", "via", "x-powered-by"} & set(answer.headers) == set(), path
            assert "caddy" not in str(answer.headers).lower()
