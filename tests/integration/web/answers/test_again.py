"""Retry and continue: in the answer's own place, as another run of it, or as a version."""

import asyncio
from datetime import UTC, datetime

import pytest

from services.shared.bus.connection import Bus
from services.web.db.pool import Connection
from tests.integration.web.answering import (
    act,
    ask,
    end,
    jobs,
    row,
    shown,
    statuses,
    streams,
    turns,
)
from tests.integration.web.pages import list_path, new_chat
from tests.support.stack import Web

REFRESH = '<turbo-stream action="refresh"></turbo-stream>'
LATER = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


async def ended(web: Web, ai_bus: Bus, web_bus: Bus, **changes: object) -> tuple[int, int]:
    chat = await new_chat(web)
    answer = await ask(web, chat, "One")
    await end(ai_bus, web_bus, answer, **changes)
    return chat, answer


async def test_a_failure_without_a_text_is_retried_in_its_place(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, answer = await ended(
        web, ai_bus, web_bus, status="failed", error="rate_limit", text="", retry_at=LATER
    )
    assert "2030-01-02T03:04:05" in (await web.client.get(list_path(chat))).text
    assert (await act(web, chat, answer, "retry")).text == REFRESH
    assert await shown(web, chat) == [answer - 1, answer]
    stored = await row(db, answer)
    assert [stored[name] for name in ("status", "run", "error", "retry_at")] == [
        *("queued", 2, None, None)
    ]
    last = (await streams(db, web_bus))[-1]
    assert last.startswith(f'<turbo-stream action="replace" target="message_{answer}">')
    job = (await jobs(db, web_bus))[-1]
    assert (job.message_id, job.run, job.begun, turns(job)) == (answer, 2, "", ["One"])


async def test_a_failure_with_a_text_is_kept_beside_its_retry(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, answer = await ended(web, ai_bus, web_bus, status="failed", error="timeout", text="Half")
    assert (await act(web, chat, answer, "retry")).text == REFRESH
    assert await shown(web, chat) == [answer - 1, answer + 1]
    assert await statuses(db) == {answer: "failed", answer + 1: "queued"}
    assert (await row(db, answer))["content"] == "Half"
    job = (await jobs(db, web_bus))[-1]
    assert (job.message_id, job.run, job.versions.previous) == (answer + 1, 1, answer)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "stopped"},
        {"status": "failed", "error": "cut_off"},
        {"status": "complete", "finish_reason": "length"},
    ],
    ids=["stopped", "failed", "length"],
)
async def test_an_answer_goes_on_from_the_text_it_has(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection, changes: dict[str, object]
) -> None:
    text = "Begun.\n\nAnd **open"
    chat, answer = await ended(web, ai_bus, web_bus, text=text, reasoning="Hm.", **changes)
    assert (await act(web, chat, answer, "continue")).text == REFRESH
    job = (await jobs(db, web_bus))[-1]
    assert (job.message_id, job.run, job.begun) == (answer, 2, text)
    assert turns(job) == ["One"]
    last = (await streams(db, web_bus))[-1]
    assert last.startswith(f'<turbo-stream action="replace" target="message_{answer}">')
    # As a worker has it that goes on: the last block is open.
    begun = f'<p id="message_{answer}_b0" dir="auto">Begun.</p>'
    assert f'_done" class="message__done prose">{begun}</div>' in last
    page = (await web.client.get(list_path(chat))).text
    assert last.partition("<template>")[2].rpartition("</template>")[0] in page
    await end(ai_bus, web_bus, answer, run=2, text=text + "** to the end", finish_reason="stop")
    stored = await row(db, answer)
    assert (stored["status"], stored["content"]) == ("complete", text + "** to the end")
    assert stored["reasoning"] == "Hm."


@pytest.mark.parametrize("action", ["retry", "continue"])
async def test_what_is_asked_for_twice_runs_once(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection, action: str
) -> None:
    text = "Half" if action == "continue" else ""
    chat, answer = await ended(web, ai_bus, web_bus, status="failed", error="cut_off", text=text)
    done = await asyncio.gather(*(act(web, chat, answer, action) for _ in range(10)))
    assert {response.text for response in done} == {REFRESH}
    plain = await act(web, chat, answer, action, turbo=False)
    assert plain.status_code == 303
    assert [job.run for job in await jobs(db, web_bus)] == [1, 2]


async def test_another_run_waits_for_its_turn_like_any_answer(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, first = await ended(web, ai_bus, web_bus, status="stopped", text="Half")
    second, third = await ask(web, chat, "Two"), await ask(web, chat, "Three")
    await act(web, chat, first, "continue")
    assert await statuses(db) == {first: "waiting", second: "queued", third: "waiting"}
    assert (await row(db, first))["content"] == "Half"
    await end(ai_bus, web_bus, second, text="Dos")
    assert await statuses(db) == {first: "queued", second: "complete", third: "waiting"}
    await end(ai_bus, web_bus, first, run=2, text="Half and half")
    asked = await jobs(db, web_bus)
    assert [(job.message_id, job.run) for job in asked][1:] == [(second, 1), (first, 2), (third, 1)]
    assert turns(asked[1]) == ["One", "Half", "Two"]
    assert turns(asked[3]) == ["One", "Half and half", "Two", "Dos", "Three"]


async def test_what_is_too_long_for_a_job_is_not_continued(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, answer = await ended(web, ai_bus, web_bus, status="stopped", text='"' * 100_000)
    refused = await act(web, chat, answer, "continue", turbo=False)
    assert refused.status_code == 409
    assert "too long" in refused.text
    assert await statuses(db) == {answer: "stopped"}
    page = (await web.client.get(list_path(chat))).text
    assert (f"/{answer}/continue/" in page, f"/{answer}/regenerate/" in page) == (False, True)


async def test_a_job_that_nobody_could_do_keeps_the_text_that_it_was_to_continue(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat, "One")
    await end(ai_bus, web_bus, answer, text="Half of it", status="stopped")
    await act(web, chat, answer, "continue")
    await end(ai_bus, web_bus, answer, text="", status="failed", run=0, error="interrupted")
    stored = await row(db, answer)
    assert (stored["status"], stored["content"]) == ("failed", "Half of it")


async def test_what_is_too_large_for_the_bus_has_the_pages_load_themselves_again(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat, "One")
    long = "- `x`\n" * 20_500
    await end(ai_bus, web_bus, answer, text=long, status="stopped")
    await act(web, chat, answer, "continue")
    assert (await row(db, answer))["status"] == "queued"
    assert await db.fetchval("SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL") == 0
