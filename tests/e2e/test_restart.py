"""A service that dies is started again, and a stack that was stopped goes on from where it was."""

import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # psutil ships no types
from playwright.async_api import Browser

from services.shared.process.probe import probe
from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.support.browser import Pages, clean_pages
from tests.support.local_stack import LocalStack, running
from tests.support.waiting import until

# Seconds without the stack: the page's own attempts to reconnect, and its page requests, fail.
AWAY = r"ERR_CONNECTION_REFUSED|WebSocket connection to .* failed|status of 503"


async def test_neither_a_kill_nor_a_restart_of_the_stack_costs_a_message_or_an_answer(
    browser: Browser, tmp_path: Path
) -> None:
    stack = LocalStack(tmp_path / "data")
    async with clean_pages(browser, stack.url) as pages:
        pages.tolerate(AWAY)
        async with running(stack) as launcher:
            for service in ("web", "realtime", "ai"):
                chat = await _asked(pages, stack)
                psutil.Process(launcher.pid_of(service)).send_signal(signal.SIGKILL)
                await _is_back(stack, service)
                await _goes_on(pages, chat)
            chat = await _asked(pages, stack)
        async with running(stack):
            await _goes_on(pages, chat)


async def _asked(pages: Pages, stack: LocalStack) -> ChatPage:
    chat = await open_chat(pages, await new_chat(stack))
    await chat.send("Count to 3")
    await chat.answer_ends()
    await chat.send("/slow 30 Count to 40")
    await chat.answer_begins()
    return chat


async def _is_back(stack: LocalStack, service: str) -> None:
    async def is_started_again() -> bool:
        return f"{service} was ended by SIGKILL: starting it again." in stack.log.read_text()

    async def is_ready() -> bool:
        return probe(stack.ports[service.upper()]) is None

    await until(is_started_again)
    await until(is_ready)


async def _goes_on(pages: Pages, chat: ChatPage) -> None:
    # What a browser says when the network is back: no waiting for the next attempt.
    await chat.page.evaluate("dispatchEvent(new Event('online'))")
    await chat.is_connected()
    await chat.answer_ends()
    fresh = await open_chat(pages, chat.chat_id)
    await _has_everything(fresh)
    await look_alike(chat, fresh)


async def _has_everything(chat: ChatPage) -> None:
    questions = await chat.questions.locator(".message__done").all_inner_texts()
    assert questions == ["Count to 3", "/slow 30 Count to 40"]
    first, second = await chat.answers.locator(".message__done").all_inner_texts()
    assert first.endswith("1, 2, 3.")
    assert second.endswith("39, 40.")
    for answer in await chat.answers.all():
        footer = answer.locator("> .message__footer")
        assert await footer.get_attribute("data-status") == "complete"
