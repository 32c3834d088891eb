"""How answers end: each result is stored once, and none that is wrong stops the others."""

import pytest_asyncio

from services.shared.bus.answer_errors import EndpointDetails
from services.shared.bus.stored_messages import read_all
from services.shared.bus.subjects import (
    TURBO_STREAM,
    chat_group,
    result_subject,
    turbo_stream_subject,
)
from tests.integration.web.natter import TEXT, Natter, result_of
from tests.integration.web.pages import list_path
from tests.support.waiting import until

BIGGEST = 2**31 - 1


@pytest_asyncio.fixture
async def answer(natter: Natter) -> int:
    """The id of an answer that somebody waits for."""
    return await natter.ask(await natter.new_chat())


async def test_a_result_is_stored_and_shown(natter: Natter, answer: int) -> None:
    await natter.publish(result_of(answer))
    await natter.taken()
    stored = await natter.row(answer)
    assert stored["ended_at"] is not None
    expected = {
        "status": "complete",
        "content": TEXT,
        "error": None,
        "finish_reason": "stop",
        "model": "demo-1",
        "prompt_tokens": 3,
        "completion_tokens": 5,
    }
    assert {name: stored[name] for name in expected} == expected
    page = await natter.page(1)
    assert f'id="message_{answer}_b0"' in page
    assert "This is <strong>it</strong>." in page
    assert 'data-status="queued"' not in page


async def test_a_failure_keeps_the_partial_text_and_says_why(natter: Natter, answer: int) -> None:
    await natter.publish(result_of(answer, status="failed", error="cut_off", text="Half an"))
    await natter.taken()
    assert (await natter.row(answer))["error"] == "cut_off"
    page = await natter.page(1)
    assert "Half an" in page
    assert 'data-status="failed"' in page
    assert "The answer was cut off before its end." in page


async def test_the_first_result_counts_and_a_second_changes_nothing(
    natter: Natter, answer: int
) -> None:
    await natter.publish(result_of(answer))
    await natter.publish(result_of(answer, status="failed", text="Other"))
    await natter.taken()
    stored = await natter.row(answer)
    assert (stored["status"], stored["content"]) == ("complete", TEXT)
    failed = await natter.ask(1)
    await natter.publish(result_of(failed, status="failed", error="timeout", text="Half"))
    await natter.publish(result_of(failed))
    await natter.taken()
    stored = await natter.row(failed)
    assert (stored["status"], stored["content"]) == ("failed", "Half")


async def test_a_result_cannot_overwrite_what_a_person_wrote(natter: Natter, answer: int) -> None:
    await natter.publish(result_of(answer - 1))
    await natter.publish(result_of(999_999))
    await natter.publish(result_of(2**63 - 1))
    await natter.taken()
    assert (await natter.row(answer - 1))["content"] == "Hello?"
    assert (await natter.row(answer))["status"] == "queued"


async def test_what_is_no_result_is_dropped_and_stops_nothing(natter: Natter, answer: int) -> None:
    wrong = (
        b"",
        b"\xff\x00",
        b"null",
        b"[" * 100_000,
        b"{}",
        result_of(answer).model_dump_json().replace('"version":1', '"version":2').encode(),
        result_of(answer).model_dump_json().replace(TEXT[:2], r"\ud800").encode(),
        result_of(answer).model_dump_json().replace('"text":', '"said":').encode(),
        result_of(answer).model_dump_json().replace('"complete"', '"queued"').encode(),
        result_of(answer).model_copy(update={"message_id": -1}).model_dump_json().encode(),
    )
    for number, payload in enumerate(wrong):
        await natter.ai.publish(result_subject(answer), payload, f"wrong-{number}")
    await natter.taken()
    assert (await natter.row(answer))["status"] == "queued"
    await natter.publish(result_of(answer))
    await natter.taken()
    assert (await natter.row(answer))["status"] == "complete"


WIDE = {"said": "a\x00b" * 9999, "status": 10**30}
HOSTILE: dict[str, dict[str, object]] = {
    "text": {"text": "a\x00b"},
    "model": {"model": "a\x00b", "finish_reason": "\x00"},
    "large": {"prompt_tokens": BIGGEST + 1, "completion_tokens": 2**63},
    "negative": {"prompt_tokens": -1, "completion_tokens": -(2**40)},
    "reasoning": {"reasoning": "\x00", "reasoning_seconds": 1e308, "left_out": 2**40},
    "seconds": {"reasoning": "x", "reasoning_seconds": -1.0, "left_out": -1},
    "details": {"details": EndpointDetails().model_copy(update=WIDE)},
    "run": {"run": 2**31},
    "id": {"message_id": 2**63},
    "larger id": {"message_id": 10**30},
}


async def test_what_the_database_could_not_hold_stops_nothing(natter: Natter) -> None:
    for name, changes in HOSTILE.items():
        chat = await natter.new_chat()
        answer = await natter.ask(chat)
        hostile = result_of(answer).model_copy(update=changes)
        await natter.publish(hostile)
        await natter.taken()
        stored = await natter.row(answer)
        if (hostile.message_id, hostile.run) != (answer, 1):
            assert stored["status"] == "queued", name
            continue
        assert stored["status"] == "complete", name
        assert stored["content"] == hostile.text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        assert (stored["prompt_tokens"], stored["completion_tokens"]) in {(3, 5), (None, None)}
        assert (await natter.web.client.get(list_path(chat))).status_code == 200, name


async def test_what_a_model_thought_and_what_it_could_not_read_is_stored(
    natter: Natter, answer: int
) -> None:
    told = {
        "reasoning": "First *this*.",
        "reasoning_seconds": 12.4,
        "left_out": 4,
        "restarted": True,
        "usage_estimated": True,
    }
    await natter.publish(result_of(answer, **told))
    await natter.taken()
    stored = await natter.row(answer)
    assert {name: stored[name] for name in told} == told
    page = await natter.page(1)
    for expected in ("<em>this</em>", "Thought for 12 s", "Older messages were left out"):
        assert expected in page


async def test_only_the_run_that_is_under_way_can_be_ended(natter: Natter, answer: int) -> None:
    await natter.publish(result_of(answer, run=2))
    await natter.taken()
    assert (await natter.row(answer))["status"] == "queued"
    await natter.publish(result_of(answer, status="failed", error="timeout", text=""))
    await natter.taken()
    await natter.act(1, answer, "retry")
    await natter.publish(result_of(answer, run=1, text="Late"))
    await natter.taken()
    assert (await natter.row(answer))["status"] == "queued"
    await natter.publish(result_of(answer, run=2))
    await natter.taken()
    assert (await natter.row(answer))["content"] == TEXT


async def test_a_job_that_could_not_be_read_ends_the_run_that_is_under_way(
    natter: Natter, answer: int
) -> None:
    waiting = await natter.ask(1)
    unread = {"run": 0, "status": "failed", "error": "bad_response", "text": ""}
    await natter.publish(result_of(waiting, **unread))
    await natter.publish(result_of(answer, **unread))
    await natter.taken()
    assert await natter.statuses() == {answer: "failed", waiting: "queued"}

    async def is_shown() -> bool:
        stored = await read_all(natter.bus, TURBO_STREAM, turbo_stream_subject(chat_group(1)))
        streams = [message.payload.decode() for message in stored]
        replaced = [html for html in streams if f'target="message_{answer}"' in html]
        return any('data-status="failed"' in html for html in replaced)

    await until(is_shown)


async def test_an_answer_that_was_given_up_and_written_after_all_counts(
    natter: Natter, answer: int
) -> None:
    given_up = {"status": "failed", "error": "interrupted", "text": ""}
    await natter.publish(result_of(answer, **given_up))
    await natter.publish(result_of(answer, run=2))
    await natter.publish(result_of(answer))
    await natter.publish(result_of(answer, **given_up))
    await natter.taken()
    stored = await natter.row(answer)
    assert (stored["status"], stored["content"], stored["error"]) == ("complete", TEXT, None)


async def test_a_result_that_the_database_refuses_for_good_is_given_up_and_the_chat_goes_on(
    natter: Natter, answer: int
) -> None:
    waiting = await natter.ask(1)
    await natter.db.execute("ALTER TABLE messages ADD CONSTRAINT pure CHECK (content <> 'poison')")
    await natter.publish(result_of(answer, text="poison"))
    await natter.taken()
    await natter.db.execute("ALTER TABLE messages DROP CONSTRAINT pure")
    stored = await natter.row(answer)
    assert (stored["status"], stored["error"]) == ("failed", "not_stored")
    assert (await natter.row(waiting))["status"] == "queued"
