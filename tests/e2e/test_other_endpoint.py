"""Another OpenAI-compatible server takes the demo endpoint's place by its address alone."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Browser, expect

from deploy.local.postgres import Postgres
from deploy.local.settings import inherited_environment
from tests.e2e.chat_page import look_alike, new_chat, open_chat
from tests.support.browser import clean_pages
from tests.support.http import http_client
from tests.support.local_stack import LocalStack
from tests.support.stack import serving_all
from tests.support.waiting import until

LLMOCK = Path(sys.executable).with_name("llmock")


@pytest.fixture
async def endpoint() -> AsyncIterator[str]:
    """The base URL of a running llmock, an independent implementation."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = str(found.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        LLMOCK,
        *("serve", "--host", "127.0.0.1", "--port", port, "--stream-chunk-delay-ms", "20"),
        env={"PATH": inherited_environment()["PATH"]},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/v1"
    try:
        await until(lambda: _lists_models(url))
        yield url
    finally:
        process.terminate()
        await process.wait()


async def test_answers_come_from_the_endpoint_that_is_named(
    browser: Browser, endpoint: str, tmp_path: Path, postgres: Postgres
) -> None:
    async with (
        serving_all(tmp_path, postgres, endpoint) as services,
        clean_pages(browser, services.url) as pages,
    ):
        chat = await open_chat(pages, await new_chat(services))
        await expect(chat.page.locator(".notice")).to_have_count(0)
        await chat.record_growth()
        await chat.send("Hello")
        await chat.answer_ends()
        assert await chat.growth()
        fresh = await open_chat(pages, chat.chat_id)
        await look_alike(chat, fresh)
        assert (await chat.answers.last.locator(".message__done").inner_text()).strip()


async def test_the_demo_endpoint_says_on_the_page_that_it_is_one(
    browser: Browser, local_stack: LocalStack
) -> None:
    async with clean_pages(browser, local_stack.url) as pages:
        page = await pages.open("/chat/")
        notice = page.locator(".notice")
        await notice.get_by_text("Demo", exact=True).click()
        await expect(notice.get_by_text("The demo model is answering.")).to_be_visible()
        await expect(notice.get_by_text("OPENAI_BASE_URL")).to_be_visible()
    assert "demo endpoint" in local_stack.log.read_text()


async def _lists_models(url: str) -> bool:
    try:
        async with http_client() as client:
            return (await client.get(f"{url}/models")).is_success
    except httpx2.ConnectError:
        return False
