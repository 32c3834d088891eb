"""A page that streams ends when its replica drains, and when its reader takes nothing."""

import asyncio
import socket
from typing import Any

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.subjects import text_subject
from services.web.app import create_app, drain
from services.web.live import seats
from services.web.middleware import deadlines
from tests.integration.web.live.test_live_pages import ENDED, PAGE_BREAK, has_room
from tests.integration.web.natter import Natter, logged
from tests.integration.web.pages import ask, list_path, new_chat
from tests.support.curl import curl
from tests.support.http import http_client
from tests.support.servers import serving
from tests.support.stack import Web, web_settings
from tests.support.waiting import until

PARAGRAPH = f"{'word ' * 20_000}\n\n"
MORE_THAN_KERNELS_HOLD = 120


async def test_a_replica_that_drains_ends_the_page_and_says_so(
    database_url: str, nats_server: NatsServer, natter: Natter
) -> None:
    pages: list[str] = []

    async def step(state: dict[str, Any]) -> None:
        await drain(state)
        pages.append(await reader.to_end())

    settings = web_settings(database_url, nats_server)
    async with (
        serving(create_app(settings), before_shutdown=step) as address,
        http_client(f"http://{address}") as client,
    ):
        web = Web(address, client)
        chat = await new_chat(web)
        answer = await ask(web, chat)
        await natter.write_log(answer, logged("- One.\n- Two\n- Thr"))
        reader_of_page = curl(f"http://{address}{list_path(chat)}")
        reader = await reader_of_page.__aenter__()
        await reader.until("One.")
    await reader_of_page.__aexit__(None, None, None)
    (page,) = pages
    assert "Two</li>" in page
    assert "Thr</li></ul>" in page.replace("\n", "")
    assert PAGE_BREAK in page
    assert f'<a href="{list_path(chat)}">Reload it</a>' in page
    assert page.rstrip().endswith(ENDED)


async def test_a_log_that_cannot_be_read_is_said_once(
    natter: Natter, capfd: pytest.CaptureFixture[str]
) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.ai.publish(text_subject(answer), b"{", "broken")
    async with curl(f"http://{natter.web.address}{list_path(chat)}") as reader:
        await reader.until('message--user"')
        # Several looks at the log.
        await asyncio.sleep(1)
        await natter.end(answer)
        assert ENDED in await reader.to_end()
    lines = [line for line in capfd.readouterr().out.splitlines() if "web.live" in line]
    assert len(lines) == 1
    assert "text_log_unread" in lines[0]


async def test_a_reader_that_takes_nothing_is_ended_like_any_other(
    natter: Natter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "TAKE_SECONDS", 0.5)
    monkeypatch.setattr(seats, "MOST", 1)
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, port = natter.web.address.split(":")
        await asyncio.to_thread(raw.connect, (host, int(port)))
        raw.sendall(f"GET {list_path(chat)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert await asyncio.to_thread(raw.recv, 1)
        assert not await has_room(natter, chat)
        for number in range(MORE_THAN_KERNELS_HOLD):
            entry = logged(PARAGRAPH, offset=len(PARAGRAPH) * number)
            await natter.write_log(answer, entry)
        await until(lambda: has_room(natter, chat))
