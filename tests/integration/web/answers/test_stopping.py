"""Stop: at the worker that writes the answer, or at once where nobody does."""

import asyncio
from datetime import timedelta

import pytest
from nats.aio.msg import Msg

from services.shared.bus.messages import Stop
from services.shared.bus.subjects import AI_STOPS, result_subject, stop_key_subject, text_subject
from services.web.answers import stopping
from services.web.chats.queries import find_owner
from services.web.db.pool import Pool
from services.web.messages.queries import get_message
from tests.integration.web.natter import Natter, answer_context, logged, result_of, turns
from tests.integration.web.pages import ask, list_path, new_chat, running_web
from tests.support.nats import until_read
from tests.support.outages import Outage
from tests.support.stack import web_settings
from tests.support.waiting import DEADLINE_SECONDS, until

TEXT = "The whole answer"


async def test_a_worker_is_told_and_the_rest_comes_as_its_result(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.write_log(answer, logged("As far as"))
    heard: asyncio.Queue[Msg] = asyncio.Queue()
    await natter.ai.client.subscribe("ai.stop.*", cb=heard.put)
    await until_read(natter.ai.client)
    response = await natter.act(chat, answer, "stop")
    assert (response.status_code, response.text) == (200, "")
    told = await asyncio.wait_for(heard.get(), DEADLINE_SECONDS)
    assert told.subject == f"ai.stop.{answer}"
    assert Stop.model_validate_json(told.data) == Stop(message_id=answer, run=1)
    kept = await natter.bus.jetstream.get_msg(AI_STOPS, subject=stop_key_subject(answer))
    assert kept.data == told.data
    assert await natter.statuses() == {answer: "queued"}
    await natter.end(answer, status="stopped", text="As far as", finish_reason=None)
    stored = await natter.row(answer)
    assert (stored["status"], stored["content"]) == ("stopped", "As far as")
    page = await natter.page(chat)
    assert "As far as" in page
    assert 'data-status="stopped"' in page


async def test_a_stop_names_the_run_that_is_under_way(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.end(answer, status="stopped", text="As far as")
    await natter.act(chat, answer, "continue")
    await natter.act(chat, answer, "stop")
    kept = await natter.bus.jetstream.get_msg(AI_STOPS, subject=stop_key_subject(answer))
    assert Stop.model_validate_json(kept.data or b"") == Stop(message_id=answer, run=2)


async def test_a_stop_of_a_run_that_has_just_ended_leaves_the_next_one(
    natter: Natter, pool: Pool
) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    owner = await find_owner(natter.db, chat)
    assert owner is not None
    as_it_was = await get_message(natter.db, owner, answer)
    await natter.end(answer, status="failed", error="timeout", text="")
    await natter.act(chat, answer, "retry")
    assert not await stopping.stop_answer(pool, natter.bus, answer_context(), owner, as_it_was)
    assert await natter.statuses() == {answer: "queued"}


async def test_an_answer_that_nobody_has_begun_is_stopped_at_once(natter: Natter) -> None:
    chat = await natter.new_chat()
    first, second = await natter.ask(chat, "One"), await natter.ask(chat, "Two")
    response = await natter.act(chat, first, "stop")
    target = f'<turbo-stream action="replace" target="message_{first}_footer">'
    assert response.text.startswith(target)
    assert 'data-status="stopped"' in response.text
    assert await natter.statuses() == {first: "stopped", second: "queued"}
    sent = await natter.streams()
    assert sent[-2] == response.text
    assert f'target="message_{second}_footer"' in sent[-1]
    assert turns((await natter.jobs())[-1]) == ["One", "Two"]
    # The worker that takes the job later looks for the key.
    await natter.bus.jetstream.get_msg(AI_STOPS, subject=stop_key_subject(first))


async def test_an_answer_that_waits_is_stopped_without_a_word_to_the_workers(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    first, second, third = [await natter.ask(chat, f"No {n}") for n in range(3)]
    response = await natter.act(chat, second, "stop")
    assert 'data-status="stopped"' in response.text
    assert await natter.statuses() == {first: "queued", second: "stopped", third: "waiting"}
    assert (await natter.bus.jetstream.stream_info(AI_STOPS)).state.messages == 0
    await natter.end(first, text="Yes")
    asked = await natter.jobs()
    assert [job.message_id for job in asked] == [first, third]
    assert turns(asked[1]) == ["No 0", "Yes", "No 1", "No 2"]


async def test_the_text_of_a_worker_that_was_just_beginning_is_kept(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.act(chat, answer, "stop")
    await natter.end(answer, status="stopped", text="A word")
    await natter.end(answer, status="stopped", text="")
    await natter.end(answer, status="stopped", text="Another word")
    await natter.end(answer, status="complete", text="All of it")
    stored = await natter.row(answer)
    assert (stored["status"], stored["content"]) == ("stopped", "A word")


async def test_the_log_of_an_earlier_run_says_nothing_of_this_one(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.write_log(answer, logged("**As** far"))
    await natter.end(answer, status="stopped", text="**As** far")
    await natter.act(chat, answer, "continue")
    response = await natter.act(chat, answer, "stop")
    target = f'<turbo-stream action="replace" target="message_{answer}"><template><article'
    assert response.text.startswith(target)
    assert "<strong>As</strong> far" in response.text
    stored = await natter.row(answer)
    assert (stored["status"], stored["content"], stored["run"]) == ("stopped", "**As** far", 2)


async def test_what_has_ended_stays_as_it_is(natter: Natter) -> None:
    chat = await natter.new_chat()
    for status in ("complete", "stopped", "failed"):
        answer = await natter.ask(chat)
        await natter.end(answer, status=status)
        for message in (answer, answer - 1):
            assert (await natter.act(chat, message, "stop")).text == ""
            plain = await natter.act(chat, message, "stop", turbo=False)
            assert (plain.status_code, plain.headers["location"]) == (303, list_path(chat))
        assert (await natter.row(answer))["status"] == status
    assert (await natter.bus.jetstream.stream_info(AI_STOPS)).state.messages == 0


async def test_ten_stops_at_once_are_one(natter: Natter) -> None:
    chat = await natter.new_chat()
    answers = [await natter.ask(chat, f"No {n}") for n in range(3)]
    stops = [natter.act(chat, answer, "stop") for answer in answers for _ in range(10)]
    done = await asyncio.gather(*stops)
    assert {response.status_code for response in done} == {200}
    assert await natter.statuses() == dict.fromkeys(answers, "stopped")
    shown = [html for html in await natter.streams() if 'data-status="stopped"' in html]
    assert len(shown) == 3


async def test_without_the_bus_a_stop_is_refused_and_nothing_is_changed(
    own_database_url: str, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "ORDER_SECONDS", 0.1)
    async with running_web(web_settings(own_database_url, outage.server)) as web:
        chat = await new_chat(web)
        answer = await ask(web, chat)
        outage.begin()

        async def is_noticed() -> bool:
            return bool((await web.client.get("/ready")).json()["bus"] != "ok")

        await until(is_noticed)
        refused = await web.client.post(f"/chat/{chat}/message/{answer}/stop/")
        assert refused.status_code == 503
        assert 'data-status="queued"' in (await web.client.get(list_path(chat))).text


async def test_an_answer_whose_log_cannot_be_read_is_left_to_its_worker(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.ai.publish(text_subject(answer), b"{", "malformed")
    assert (await natter.act(chat, answer, "stop")).text == ""
    assert await natter.statuses() == {answer: "queued"}


async def test_a_stop_ends_an_answer_whose_worker_is_silent_for_too_long(
    natter: Natter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "LONGEST_SILENCE", timedelta(0))
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.write_log(answer, logged("As far as"))
    stopped = await natter.act(chat, answer, "stop")
    assert "As far as" in stopped.text
    stored = await natter.row(answer)
    assert (stored["status"], stored["content"]) == ("stopped", "As far as")


async def test_a_stop_ends_an_answer_whose_result_was_lost_as_its_log_says(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "One")
    waiting = await natter.ask(chat, "Two")
    ended = result_of(answer, text="", reasoning="")
    await natter.write_log(
        answer, logged(TEXT, whole=True), logged("", offset=len(TEXT), result=ended)
    )
    unreadable = result_of(answer).model_dump_json().replace('"version":1', '"version":9')
    await natter.ai.publish(result_subject(answer), unreadable.encode(), "of a later version")
    await natter.taken()
    assert (await natter.row(answer))["status"] == "queued"

    stopped = await natter.act(chat, answer, "stop")
    stored = await natter.row(answer)
    assert (stored["status"], stored["content"]) == ("complete", TEXT)
    assert TEXT in stopped.text
    assert (await natter.row(waiting))["status"] == "queued"
    await natter.end(answer, text="Something else")
    assert (await natter.row(answer))["content"] == TEXT
