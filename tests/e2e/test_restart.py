"""A process that dies takes the stack down with its reason; the next start goes on from there."""

import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # psutil ships no types
import pytest
from playwright.async_api import Browser

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import clean_pages
from tests.support.local_stack import Launcher, LocalStack, running

# Seconds without the stack: the page's own attempts to reconnect, and its page requests, fail.
AWAY = r"ERR_CONNECTION_REFUSED|WebSocket connection to .* failed|status of 503"
LAST_LINES = 30


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> LocalStack:
    """A stack of its own, on one data folder for all its starts."""
    return LocalStack(tmp_path_factory.mktemp("restarted") / "data")


@pytest.mark.parametrize("service", ["web", "realtime", "ai"])
async def test_a_killed_process_costs_no_message_and_no_answer(
    browser: Browser, stack: LocalStack, service: str
) -> None:
    async with clean_pages(browser, stack.url) as pages:
        pages.tolerate(AWAY)
        async with running(stack) as launcher:
            chat = await open_chat(pages, await new_chat(stack))
            await chat.send("Count to 3")
            await chat.answer_ends()
            await chat.send("/slow 30 Count to 40")
            await chat.answer_begins()
            await _kill(launcher, service)
        async with running(stack):
            # What a browser says when the network is back: no waiting for the next attempt.
            await chat.page.evaluate("dispatchEvent(new Event('online'))")
            await chat.is_connected()
            await chat.answer_ends()
            fresh = await open_chat(pages, chat.chat_id)
            await _has_everything(fresh)
            assert await chat.list_html() == await fresh.list_html()


async def _kill(launcher: Launcher, service: str) -> None:
    psutil.Process(launcher.pid_of(service)).send_signal(signal.SIGKILL)
    assert await launcher.end() == 1
    last = _last_lines(launcher.stack.log)
    assert f"{service} was ended by SIGKILL" in last, last


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text().splitlines()[-LAST_LINES:])


async def _has_everything(chat: ChatPage) -> None:
    questions = await chat.questions.locator(".message__done").all_inner_texts()
    assert questions == ["Count to 3", "/slow 30 Count to 40"]
    first, second = await chat.answers.locator(".message__done").all_inner_texts()
    assert first.endswith("1, 2, 3.")
    assert second.endswith("39, 40.")
    for answer in await chat.answers.all():
        footer = answer.locator("> .message__footer")
        assert await footer.get_attribute("data-status") == "complete"
