"""Whatever the model's endpoint does, the message says what happened, and offers another try."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from deploy.local.postgres import Postgres
from services.shared.bus.answer_errors import ErrorClass
from services.shared.pages.failure_texts import CAUSES
from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.support.browser import Pages, clean_pages
from tests.support.endpoints import running_demo
from tests.support.stack import Services, serving_all

type Faults = list[tuple[str, ErrorClass]]

PATIENT_SECONDS = 60.0
CHATS = 2
# The demo endpoint's fault, and the kind of error that the page names.
WORDLESS: dict[str, ErrorClass] = {
    "context_length": "context_length",
    "auth": "auth",
    "model_missing": "model_missing",
    "quota": "quota",
    "not_found": "not_found",
    "refused": "refused",
    "loading": "unavailable",
    "tool": "tool_asked",
    "server": "endpoint_failed",
    "unreachable": "unreachable",
    "nothing": "bad_response",
}
HALF_SAID: dict[str, ErrorClass] = {
    "content_filter": "content_filter",
    "cut": "cut_off",
    "disconnect": "cut_off",
    "malformed": "bad_response",
    "in_stream": "endpoint_failed",
}
BEGINNING = re.compile(r"This answer was asked to fail")


class Site(NamedTuple):
    """Services on the demo endpoint, and pages of theirs."""

    services: Services
    pages: Pages

    async def chat(self) -> ChatPage:
        """Open a new chat."""
        return await open_chat(self.pages, await new_chat(self.services))


@asynccontextmanager
async def serving_demo(
    folder: Path, postgres: Postgres, **settings: object
) -> AsyncIterator[Services]:
    async with (
        running_demo(tokens_per_second=150) as demo,
        serving_all(folder, postgres, demo.base_url, {}, **settings) as services,
    ):
        yield services


@pytest_asyncio.fixture(scope="module")
async def patient_services(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Services]:
    async with serving_demo(tmp_path_factory.mktemp("patient"), postgres) as services:
        yield services


@pytest_asyncio.fixture(scope="module")
async def impatient_services(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Services]:
    folder = tmp_path_factory.mktemp("impatient")
    async with serving_demo(folder, postgres, idle_seconds=2) as services:
        yield services


@pytest_asyncio.fixture
async def patient(browser: Browser, patient_services: Services) -> AsyncIterator[Site]:
    """A site whose ai waits as long as it does by default."""
    async with clean_pages(browser, patient_services.url) as pages:
        yield Site(patient_services, pages)


@pytest_asyncio.fixture
async def impatient(browser: Browser, impatient_services: Services) -> AsyncIterator[Site]:
    """A site whose ai waits two seconds for a word, for endpoints that never send one."""
    async with clean_pages(browser, impatient_services.url) as pages:
        yield Site(impatient_services, pages)


async def test_an_answer_that_never_came_says_why_and_is_tried_again_in_its_place(
    patient: Site, impatient: Site
) -> None:
    async with asyncio.TaskGroup() as chats:
        chats.create_task(_fail_without_a_word(await impatient.chat(), [("timeout", "timeout")]))
        for faults in _dealt(WORDLESS):
            chats.create_task(_fail_without_a_word(await patient.chat(), faults))


async def _fail_without_a_word(chat: ChatPage, faults: Faults) -> None:
    for count, (fault, error) in enumerate(faults, 1):
        await _asked_to_fail(chat, fault, error)
        footer = chat.answers.last.locator("> .message__footer")
        await footer.evaluate("(footer) => (window.before = footer)")
        await chat.act("Retry")
        await chat.is_true("!window.before.isConnected")
        await _fails(chat, error)
        await expect(chat.answers).to_have_count(count)
        await expect(chat.answers.locator(".message__version")).to_have_count(0)


async def test_an_answer_that_broke_off_keeps_what_it_said_beside_the_next_try(
    patient: Site, impatient: Site
) -> None:
    async with asyncio.TaskGroup() as chats:
        chats.create_task(_break_off(impatient, [("stall", "timeout")]))
        for faults in _dealt(HALF_SAID):
            chats.create_task(_break_off(patient, faults))


async def _break_off(site: Site, faults: Faults) -> None:
    chat = await site.chat()
    for count, (fault, error) in enumerate(faults, 1):
        await _asked_to_fail(chat, fault, error)
        await expect(chat.answer_texts.last).to_have_text(BEGINNING)
        await chat.act("Retry")
        await expect(chat.answers.last.locator(".message__version")).to_have_text("2/2")
        await _fails(chat, error)
        await expect(chat.answers).to_have_count(count)
    fresh = await open_chat(site.pages, chat.chat_id)
    await look_alike(chat, fresh)


def _dealt(faults: dict[str, ErrorClass]) -> list[Faults]:
    """Deal the faults to chats, so that they wait at the same time."""
    return [list(faults.items())[first::CHATS] for first in range(CHATS)]


async def _asked_to_fail(chat: ChatPage, fault: str, error: ErrorClass) -> None:
    """Send a question whose answer fails; the question says which it is where that never comes."""
    await chat.send(f"/error {fault}")
    await expect(chat.question_texts.last).to_have_text(f"/error {fault}")
    await _fails(chat, error)


async def test_what_the_endpoint_said_can_be_unfolded(patient: Site) -> None:
    sent = await patient.chat()
    await sent.send("/error refused")
    await _fails(sent, "refused")
    path = f"/chat/{sent.chat_id}/message/list/"
    for javascript in (True, False):
        page = await patient.pages.open(path, javascript=javascript)
        for width in (1280, 390):
            await page.set_viewport_size({"width": width, "height": 800})
            await page.reload()
            await _unfolds(page.locator(".failure"), width)


async def _unfolds(failure: Locator, width: int) -> None:
    words = failure.get_by_text("Invalid value for 'temperature': 3.")
    await expect(words).to_be_hidden()
    await failure.get_by_text("Details", exact=True).click()
    await expect(words).to_be_visible()
    for fact in ("400", "natter-demo", "default", "/v1/chat/completions"):
        shown = failure.locator("dd").filter(has_text=re.compile(f"{fact}$"))
        await expect(shown).to_be_visible()
    box = await failure.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


async def test_a_chat_that_is_too_long_leads_to_a_new_one(patient: Site) -> None:
    chat = await patient.chat()
    await chat.send("/error context_length")
    await _fails(chat, "context_length")
    await chat.answers.get_by_role("button", name="New chat").click()
    await expect(chat.messages).to_have_count(0)
    await expect(chat.page.locator(".message-list")).to_be_empty()
    await expect(chat.page).to_have_url(re.compile(r"/chat/\d+/message/list/$"))


async def test_an_answer_that_broke_off_is_continued_where_it_ended(patient: Site) -> None:
    chat = await patient.chat()
    for fault in ("cut", "length"):
        await chat.send(f"/error {fault}")
        await chat.answer_is("failed" if fault == "cut" else "complete")
        if fault == "length":
            await expect(chat.answers.last).to_contain_text("The answer reached its length limit.")
        await chat.act("Continue")
        await expect(chat.answer_texts.last).to_have_text(
            f"This answer was asked to fail (/error {fault}), so it ends in the middle of a"
            " sentence. This is its rest, which you have because you asked for it."
        )
        await chat.answer_ends()
        await expect(chat.answers.last.get_by_role("button", name="Continue")).to_have_count(0)
    fresh = await open_chat(patient.pages, chat.chat_id)
    await look_alike(chat, fresh)


async def _fails(chat: ChatPage, error: ErrorClass) -> None:
    footer = chat.answers.last.locator("> .message__footer[data-status=failed]")
    await expect(footer).to_have_count(1, timeout=PATIENT_SECONDS * 1000)
    happened = CAUSES[error].named or CAUSES[error].happened
    said = re.sub(r"\\\{\w+\\\}", ".+", re.escape(happened))
    await expect(footer.locator(".failure__what")).to_have_text(re.compile(f"^{said}$"))
