"""A chat never gets stuck: whatever is lost on the way, a stop ends what is under way."""

from services.shared.bus.connection import Bus
from services.shared.bus.subjects import result_subject
from services.web.db.pool import Connection
from tests.integration.web.answering import (
    act,
    ask,
    edit,
    end,
    logged,
    result_of,
    row,
    statuses,
    taken,
    write_log,
)
from tests.integration.web.pages import new_chat
from tests.support.stack import Web

TEXT = "The whole answer"


async def test_a_stop_ends_an_answer_whose_result_was_lost_as_its_log_says(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat, "One")
    waiting = await ask(web, chat, "Two")
    ended = result_of(answer, text="", reasoning="")
    await write_log(
        ai_bus, answer, logged(TEXT, whole=True), logged("", offset=len(TEXT), result=ended)
    )
    unreadable = result_of(answer).model_dump_json().replace('"version":1', '"version":9')
    await ai_bus.publish(result_subject(answer), unreadable.encode(), "of a later version")
    await taken(web_bus)
    assert (await row(db, answer))["status"] == "queued"

    stopped = await act(web, chat, answer, "stop")
    stored = await row(db, answer)
    assert (stored["status"], stored["content"]) == ("complete", TEXT)
    assert TEXT in stopped.text
    assert (await row(db, waiting))["status"] == "queued"


async def test_a_result_that_comes_after_all_changes_nothing_more(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat, "One")
    ended = result_of(answer, text="", reasoning="")
    await write_log(
        ai_bus, answer, logged(TEXT, whole=True), logged("", offset=len(TEXT), result=ended)
    )
    await act(web, chat, answer, "stop")
    await end(ai_bus, web_bus, answer, text="Something else")
    assert (await row(db, answer))["content"] == TEXT


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


async def test_what_is_said_in_the_place_of_a_running_question_has_its_turn_at_once(
    web: Web, web_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    first = await ask(web, chat, "One")
    await edit(web, chat, first - 1, "One, better")
    newest = max(await statuses(db))
    assert await statuses(db) == {first: "stopped", newest: "queued"}
    await edit(web, chat, first - 1, "One, best")
    assert sorted((await statuses(db)).values()) == ["queued", "stopped", "stopped"]
    assert (await web_bus.jetstream.stream_info("KV_ai_stops")).state.messages == 2


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
