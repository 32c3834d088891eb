"""How answers end: each result is stored once, and none that is wrong stops the others."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from nats.js.api import PubAck

from services.shared.bus import Bus
from services.shared.messages import AnswerResult
from services.shared.subjects import result_subject
from services.web.db.pool import Connection
from tests.integration.web.pages import list_path, messages_in, new_chat, send
from tests.support.stack import Web
from tests.support.waiting import until

TEXT = "# Hello\n\nThis is **it**."
BIGGEST = 2**31 - 1


@pytest_asyncio.fixture
async def answer(web: Web) -> AsyncIterator[int]:
    """The id of an answer that somebody waits for."""
    sent = await send(web, await new_chat(web), "Hello?")
    yield messages_in(sent.text)[1][0]


async def publish(bus: Bus, result: AnswerResult, key: str = "") -> PubAck:
    payload = result.model_dump_json().encode()
    return await bus.publish(
        result_subject(result.message_id), payload, f"result-{result.message_id}{key}"
    )


async def taken(bus: Bus) -> None:
    """Wait until every result has been dealt with for good."""

    async def none_is_left() -> bool:
        return (await bus.jetstream.stream_info("AI_RESULTS")).state.messages == 0

    await until(none_is_left)


async def row(db: Connection, message_id: int) -> dict[str, object]:
    found = await db.fetchrow("SELECT * FROM messages WHERE id = $1", message_id)
    assert found
    return dict(found)


def result_of(message_id: int, **changes: object) -> AnswerResult:
    complete = AnswerResult(
        message_id=message_id,
        status="complete",
        text=TEXT,
        finish_reason="stop",
        model="demo-1",
        prompt_tokens=3,
        completion_tokens=5,
    )
    return complete.model_copy(update=changes)


async def test_a_result_is_stored_and_shown(
    web: Web, ai_bus: Bus, web_bus: Bus, db: Connection, answer: int
) -> None:
    await publish(ai_bus, result_of(answer))
    await taken(web_bus)
    stored = await row(db, answer)
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
    page = (await web.client.get(list_path(1))).text
    assert f'id="message_{answer}_b0"' in page
    assert "This is <strong>it</strong>." in page
    assert 'data-status="queued"' not in page


async def test_a_failure_keeps_the_partial_text_and_says_why(
    web: Web, ai_bus: Bus, web_bus: Bus, db: Connection, answer: int
) -> None:
    await publish(ai_bus, result_of(answer, status="failed", error="cut_off", text="Half an"))
    await taken(web_bus)
    assert (await row(db, answer))["error"] == "cut_off"
    page = (await web.client.get(list_path(1))).text
    assert "Half an" in page
    assert 'data-status="failed"' in page
    assert "The answer was cut off before its end." in page


async def test_the_first_result_counts_and_a_second_changes_nothing(
    ai_bus: Bus, web_bus: Bus, db: Connection, answer: int
) -> None:
    await publish(ai_bus, result_of(answer))
    await publish(ai_bus, result_of(answer, status="failed", text="Other"), key="again")
    await taken(web_bus)
    stored = await row(db, answer)
    assert (stored["status"], stored["content"]) == ("complete", TEXT)


async def test_a_result_cannot_overwrite_what_a_person_wrote(
    ai_bus: Bus, web_bus: Bus, db: Connection, answer: int
) -> None:
    await publish(ai_bus, result_of(answer - 1))
    await publish(ai_bus, result_of(999_999))
    await publish(ai_bus, result_of(2**63 - 1))
    await taken(web_bus)
    assert (await row(db, answer - 1))["content"] == "Hello?"
    assert (await row(db, answer))["status"] == "queued"


async def test_what_is_no_result_is_dropped_and_stops_nothing(
    ai_bus: Bus, web_bus: Bus, db: Connection, answer: int
) -> None:
    wrong = (
        b"",
        b"\xff\x00",
        b"null",
        b"[" * 100_000,
        b"{}",
        result_of(answer).model_dump_json().replace('"version":1', '"version":2').encode(),
        result_of(answer).model_dump_json().replace(TEXT[:2], r"\ud800").encode(),
        result_of(answer).model_dump_json().replace("{", '{"more":1,', 1).encode(),
        result_of(answer).model_dump_json().replace('"complete"', '"queued"').encode(),
        result_of(answer).model_copy(update={"message_id": -1}).model_dump_json().encode(),
    )
    for number, payload in enumerate(wrong):
        await ai_bus.publish(result_subject(answer), payload, f"wrong-{number}")
    await taken(web_bus)
    assert (await row(db, answer))["status"] == "queued"
    await publish(ai_bus, result_of(answer))
    await taken(web_bus)
    assert (await row(db, answer))["status"] == "complete"


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "a\x00b"},
        {"model": "a\x00b", "finish_reason": "\x00"},
        {"prompt_tokens": BIGGEST + 1, "completion_tokens": 2**63},
        {"prompt_tokens": -1, "completion_tokens": -(2**40)},
        {"message_id": 2**63},
        {"message_id": 10**30},
    ],
    ids=["text", "model", "large", "negative", "id", "larger-id"],
)
async def test_what_the_database_could_not_hold_stops_nothing(
    ai_bus: Bus, web_bus: Bus, db: Connection, answer: int, changes: dict[str, object]
) -> None:
    hostile = result_of(answer).model_copy(update=changes)
    await publish(ai_bus, hostile)
    await taken(web_bus)
    stored = await row(db, answer)
    if hostile.message_id != answer:
        assert stored["status"] == "queued"
        return
    assert stored["status"] == "complete"
    assert stored["content"] == hostile.text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    assert (stored["prompt_tokens"], stored["completion_tokens"]) in {(3, 5), (None, None)}
