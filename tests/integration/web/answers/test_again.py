"""Retry and continue: in the answer's own place, as another run of it, or as a version."""

import asyncio
from datetime import UTC, datetime

from tests.integration.web.natter import Natter, turns

REFRESH = '<turbo-stream action="refresh"></turbo-stream>'
CUT_OFF: tuple[dict[str, object], ...] = (
    {"status": "stopped"},
    {"status": "failed", "error": "cut_off"},
    {"status": "complete", "finish_reason": "length"},
)
LATER = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


async def ended(natter: Natter, **changes: object) -> tuple[int, int]:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "One")
    await natter.end(answer, **changes)
    return chat, answer


async def test_a_failure_without_a_text_is_retried_in_its_place(natter: Natter) -> None:
    failed = {"status": "failed", "error": "rate_limit", "text": "", "retry_at": LATER}
    told = {"reasoning": "Hm.", "reasoning_seconds": 2.0, "left_out": 4, "restarted": True}
    chat, answer = await ended(natter, **failed, **told)
    assert "2030-01-02T03:04:05" in await natter.page(chat)
    assert (await natter.act(chat, answer, "retry")).text == REFRESH
    assert await natter.shown(chat) == [answer - 1, answer]
    stored = await natter.row(answer)
    assert [stored[name] for name in ("status", "run", "error", "retry_at")] == [
        *("queued", 2, None, None)
    ]
    assert [stored[name] for name in told] == ["", None, 0, False]
    last = (await natter.streams())[-1]
    assert last.startswith(f'<turbo-stream action="replace" target="message_{answer}">')
    job = (await natter.jobs())[-1]
    assert (job.message_id, job.run, job.begun, turns(job)) == (answer, 2, "", ["One"])


async def test_a_failure_with_a_text_is_kept_beside_its_retry(natter: Natter) -> None:
    chat, answer = await ended(natter, status="failed", error="timeout", text="Half")
    assert (await natter.act(chat, answer, "retry")).text == REFRESH
    assert await natter.shown(chat) == [answer - 1, answer + 1]
    assert await natter.statuses() == {answer: "failed", answer + 1: "queued"}
    assert (await natter.row(answer))["content"] == "Half"
    job = (await natter.jobs())[-1]
    assert (job.message_id, job.run, job.versions.previous) == (answer + 1, 1, answer)


async def test_an_answer_goes_on_from_the_text_it_has(natter: Natter) -> None:
    text = "Begun.\n\nAnd **open"
    for changes in CUT_OFF:
        chat, answer = await ended(natter, text=text, reasoning="Hm.", **changes)
        assert (await natter.act(chat, answer, "continue")).text == REFRESH
        job = (await natter.jobs())[-1]
        assert (job.message_id, job.run, job.begun, turns(job)) == (answer, 2, text, ["One"])
        last = (await natter.streams())[-1]
        assert last.startswith(f'<turbo-stream action="replace" target="message_{answer}">')
        # As the worker that continues it has it: the last block is open.
        begun = f'<p id="message_{answer}_b0" dir="auto">Begun.</p>'
        assert f'_done" class="message__done prose">{begun}</div>' in last
        page = await natter.page(chat)
        assert last.partition("<template>")[2].rpartition("</template>")[0] in page
        await natter.end(answer, run=2, text=text + "** to the end", finish_reason="stop")
        stored = await natter.row(answer)
        assert (stored["status"], stored["content"]) == ("complete", text + "** to the end")
        assert stored["reasoning"] == "Hm."


async def test_what_is_asked_for_twice_runs_once(natter: Natter) -> None:
    for action, text in (("retry", ""), ("continue", "Half")):
        chat, answer = await ended(natter, status="failed", error="cut_off", text=text)
        done = await asyncio.gather(*(natter.act(chat, answer, action) for _ in range(10)))
        assert {response.text for response in done} == {REFRESH}
        plain = await natter.act(chat, answer, action, turbo=False)
        assert plain.status_code == 303
        runs = [job.run for job in await natter.jobs() if job.message_id == answer]
        assert runs == [1, 2], action


async def test_what_is_shown_no_longer_is_neither_retried_nor_continued(natter: Natter) -> None:
    chat, answer = await ended(natter, status="failed", error="cut_off", text="Half")
    await natter.act(chat, answer, "retry")
    for action in ("retry", "continue"):
        assert (await natter.act(chat, answer, action)).text == REFRESH
        assert await natter.statuses() == {answer: "failed", answer + 1: "queued"}, action


async def test_another_run_waits_for_its_turn_like_any_answer(natter: Natter) -> None:
    chat, first = await ended(natter, status="stopped", text="Half")
    second, third = await natter.ask(chat, "Two"), await natter.ask(chat, "Three")
    await natter.act(chat, first, "continue")
    assert await natter.statuses() == {first: "waiting", second: "queued", third: "waiting"}
    assert (await natter.row(first))["content"] == "Half"
    await natter.end(second, text="Dos")
    assert await natter.statuses() == {first: "queued", second: "complete", third: "waiting"}
    await natter.end(first, run=2, text="Half and half")
    asked = await natter.jobs()
    assert [(job.message_id, job.run) for job in asked][1:] == [(second, 1), (first, 2), (third, 1)]
    assert turns(asked[1]) == ["One", "Half", "Two"]
    assert turns(asked[3]) == ["One", "Half and half", "Two", "Dos", "Three"]


async def test_what_is_too_long_for_a_job_is_not_continued(natter: Natter) -> None:
    chat, answer = await ended(natter, status="stopped", text='"' * 100_000)
    refused = await natter.act(chat, answer, "continue", turbo=False)
    assert refused.status_code == 409
    assert "too long" in refused.text
    assert await natter.statuses() == {answer: "stopped"}
    page = await natter.page(chat)
    assert (f"/{answer}/continue/" in page, f"/{answer}/regenerate/" in page) == (False, True)


async def test_a_job_that_nobody_could_do_keeps_the_text_that_it_was_to_continue(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "One")
    await natter.end(answer, text="Half of it", status="stopped")
    await natter.act(chat, answer, "continue")
    await natter.end(answer, text="", status="failed", run=0, error="interrupted")
    stored = await natter.row(answer)
    assert (stored["status"], stored["content"]) == ("failed", "Half of it")


async def test_what_is_too_large_for_the_bus_has_the_pages_load_themselves_again(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "One")
    long = "- `x`\n" * 20_500
    await natter.end(answer, text=long, status="stopped")
    await natter.act(chat, answer, "continue")
    assert (await natter.row(answer))["status"] == "queued"
    assert await natter.db.fetchval("SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL") == 0
