"""Endpoints that stall, break off, send rubbish or refuse: the page says so, and goes on."""

import asyncio
from dataclasses import dataclass

import pytest

from services.shared.bus.answer_errors import ErrorClass
from tests.faults.endpoints import base_url, running_endpoint
from tests.faults.killer import is_growing
from tests.faults.natter import Natter
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import Findings, audit_answers, audit_page
from tests.support.chatting.asking import Asker
from tests.support.chatting.chat import Chat
from tests.support.chatting.reader import ChatPage
from tests.support.chatting.stored import Stored
from tests.support.endpoints import ModelServer, first_model
from tests.support.figures import show
from tests.support.llmock import plan
from tests.support.waiting import until

# Short, so that a silent endpoint does not take the tests' time.
IDLE_SECONDS = 2.0
BEGUN = "This answer was asked to fail"
WHOLE = "It ends in the middle of a sentence, or else it does not end there at all."


@dataclass(frozen=True, slots=True)
class Fault:
    """The demo endpoint's fault, and the answer's outcome."""

    name: str
    error: ErrorClass
    has_text: bool


FAULTS = (
    Fault("stall", "timeout", has_text=True),
    Fault("cut", "cut_off", has_text=True),
    Fault("disconnect", "cut_off", has_text=True),
    Fault("malformed", "bad_response", has_text=True),
    Fault("in_stream", "endpoint_failed", has_text=True),
    Fault("content_filter", "content_filter", has_text=True),
    Fault("rate_limit", "rate_limit", has_text=False),
    Fault("nothing", "bad_response", has_text=False),
    Fault("timeout", "timeout", has_text=False),
    Fault("unreachable", "unreachable", has_text=False),
    Fault("server", "endpoint_failed", has_text=False),
    Fault("auth", "auth", has_text=False),
    Fault("model_missing", "model_missing", has_text=False),
    Fault("context_length", "context_length", has_text=False),
)

# How llmock fails, what becomes of the answer, and whether some of its text is there.
LLMOCK: dict[str, tuple[dict[str, object], ErrorClass, bool]] = {
    "truncate": ({"type": "stream_fault", "kind": "truncate", "after_chunks": 4}, "cut_off", True),
    "disconnect": (
        {"type": "stream_fault", "kind": "disconnect", "after_chunks": 4},
        "cut_off",
        True,
    ),
    "malformed": (
        {"type": "stream_fault", "kind": "malformed", "after_chunks": 4},
        "bad_response",
        True,
    ),
    "stall": (
        {"type": "stream_fault", "kind": "stall", "after_chunks": 4, "stall_seconds": 30},
        "timeout",
        True,
    ),
    "rate_limit": (
        {"type": "fail", "status": 429, "retry_after": 60, "times": 1},
        "rate_limit",
        False,
    ),
    "auth": ({"type": "fail", "status": 401, "times": 1}, "auth", False),
    "server": (
        {"type": "fail", "status": 500, "retry_after": 0.01, "times": 3},
        "endpoint_failed",
        False,
    ),
}


async def test_each_fault_of_the_demo_endpoint_is_told_and_can_be_retried(
    natter: Natter, endpoint: ServiceProcess
) -> None:
    chats = [await natter.chat() for _ in FAULTS]
    findings = Findings()
    async with (
        natter.working(base_url(endpoint), idle_seconds=IDLE_SECONDS),
        natter.reading(*chats) as pages,
    ):
        async with asyncio.TaskGroup() as tasks:
            for fault, chat, page in zip(FAULTS, chats, pages, strict=True):
                tasks.create_task(_fail_and_retry(fault, chat, page, findings))
        for page in pages:
            await audit_page(page, findings)
        show(
            f"faults of the demo endpoint, each with a retry: {len(FAULTS)}, faults of ours"
            f" {len(findings.faults)}"
        )
        findings.check()


async def test_a_cut_off_answer_is_continued_to_its_end(
    natter: Natter, endpoint: ServiceProcess
) -> None:
    chat = await natter.chat()
    async with (
        natter.working(base_url(endpoint), idle_seconds=IDLE_SECONDS),
        natter.reading(chat) as pages,
    ):
        answer = await chat.send("/error cut")
        (failed,) = await chat.until_ended([answer])
        await chat.ask(answer, "continue")
        continued = await _ended_otherwise(chat, failed)
        findings = Findings()
        await audit_page(pages[0], findings)
        show(f"cut off and continued: {continued.status}, faults {len(findings.faults)}")
        assert continued.status == "complete"
        assert continued.content.startswith(failed.content)
        assert len(continued.content) > len(failed.content)
        findings.check()


@pytest.mark.parametrize("fault", LLMOCK)
async def test_an_llmock_that_fails_once_is_told_and_answers_the_retry(
    natter: Natter, llmock: str, fault: str
) -> None:
    behavior, error, has_text = LLMOCK[fault]
    chat = await natter.chat()
    assert await first_model(llmock)
    async with (
        natter.working(f"{llmock}/v1", idle_seconds=IDLE_SECONDS),
        natter.reading(chat) as pages,
    ):
        plan(llmock, {"type": "reply", "text": WHOLE, "times": None}, behavior)
        answer = await chat.send("Fail as it was planned.")
        (failed,) = await chat.until_ended([answer])
        await chat.ask(answer, "retry")
        retried = await _ended_otherwise(chat, failed)
        findings = Findings()
        await audit_page(pages[0], findings)
        show(
            f"llmock, {fault}: {failed.status} ({failed.error}), {len(failed.content)} characters"
            f" kept, then {retried.status}, faults {len(findings.faults)}"
        )
        assert (failed.status, failed.error) == ("failed", error)
        assert WHOLE.startswith(failed.content)
        assert bool(failed.content) == has_text
        assert failed.has_retry_time or fault != "rate_limit"
        assert (retried.status, retried.content) == ("complete", WHOLE)
        findings.check()


async def test_an_endpoint_that_is_killed_keeps_the_partial_text_and_answers_the_retry(
    natter: Natter, tmp_path_factory: pytest.TempPathFactory, oracle: ModelServer
) -> None:
    chat = await natter.chat()
    asker = Asker(oracle, natter.random)
    async with (
        running_endpoint(tmp_path_factory.mktemp("endpoint")) as endpoint,
        natter.working(base_url(endpoint), idle_seconds=IDLE_SECONDS),
        natter.reading(chat) as pages,
    ):
        asked = await asker.ask(chat, "Something long, please")
        await _until_growing(pages[0], asked.answer)
        endpoint.kill()
        (failed,) = await chat.until_ended([asked.answer])
        await chat.ask(asked.answer, "retry")
        away = await _ended_otherwise(chat, failed)
        endpoint.begin()
        await endpoint.until_ready()
        await chat.ask(away.id, "retry")
        retried = await _ended_otherwise(chat, away)
        findings = await audit_answers([], pages)
        show(
            f"endpoint killed in mid-answer: {failed.error} with {len(failed.content)} characters,"
            f" retried {away.error}, then {retried.status}, faults {len(findings.faults)}"
        )
        assert (failed.error, away.error) == ("cut_off", "unreachable")
        assert asked.expected.startswith(failed.content)
        assert failed.content
        assert (retried.status, retried.content) == ("complete", asked.expected)
        findings.check()


async def _fail_and_retry(fault: Fault, chat: Chat, page: ChatPage, findings: Findings) -> None:
    """Ask for a fault, then retry what will fail again, as often as it is asked."""
    answer = await chat.send(f"/error {fault.name}")
    (failed,) = await chat.until_ended([answer])
    _check(fault, failed, findings)
    await chat.ask(answer, "retry")
    _check(fault, await _ended_otherwise(chat, failed), findings)
    footer = page.document.by_id.get(f"message_{answer}_footer")
    if fault.name != "rate_limit" and footer is None and not fault.has_text:
        findings.faults.append(f"{fault.name}: the page shows no footer")


def _check(fault: Fault, failed: Stored, findings: Findings) -> None:
    expected = ("failed", fault.error, fault.has_text)
    found = (failed.status, failed.error, failed.content.startswith(BEGUN))
    if found != expected:
        findings.faults.append(f"{fault.name}: {found} instead of {expected}")
    if fault.name == "rate_limit" and not failed.has_retry_time:
        findings.faults.append("rate_limit: nothing is said of when to try again")


async def _ended_otherwise(chat: Chat, before: Stored) -> Stored:
    """Wait until the newest answer has ended otherwise: in its own place or beside it."""

    async def has_ended() -> Stored | None:
        newest = (await chat.stored())[-1]
        is_new = (newest.id, newest.ended) != (before.id, before.ended)
        return newest if is_new and newest.has_ended else None

    newest = await until(has_ended, seconds=60)
    assert newest is not None
    return newest


async def _until_growing(page: ChatPage, answer: int) -> None:
    async def has_grown() -> bool:
        return is_growing(page, answer) and len(page.growth.moments[answer]) > 20

    await until(has_grown)
