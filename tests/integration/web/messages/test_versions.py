"""Asking anew: a version beside what is there, never in its place, and arrows between them."""

import asyncio
from uuid import uuid4

from services.shared.bus.connection import Bus
from services.shared.bus.messages import Versions
from services.web.db.pool import Connection
from tests.integration.web.answering import (
    act,
    action_path,
    ask,
    edit,
    end,
    jobs,
    row,
    shown,
    statuses,
    streams,
    turns,
)
from tests.integration.web.pages import list_path, new_chat, send
from tests.support.stack import Web

REFRESH = '<turbo-stream action="refresh"></turbo-stream>'


async def answered(web: Web, ai_bus: Bus, web_bus: Bus) -> tuple[int, int]:
    """A chat with one answer that has ended."""
    chat = await new_chat(web)
    answer = await ask(web, chat, "One")
    await end(ai_bus, web_bus, answer, text="Uno")
    return chat, answer


async def test_another_answer_stands_beside_the_first(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, first = await answered(web, ai_bus, web_bus)
    response = await act(web, chat, first, "regenerate")
    second = first + 1
    assert (response.status_code, response.text) == (200, REFRESH)
    assert (await streams(db, web_bus))[-1] == REFRESH
    assert await shown(web, chat) == [first - 1, second]
    assert (await row(db, first))["content"] == "Uno"
    page = (await web.client.get(list_path(chat))).text
    assert "2/2" in page
    assert action_path(chat, first, "show") in page
    job = (await jobs(db, web_bus))[-1]
    assert (job.message_id, turns(job)) == (second, ["One"])
    assert job.versions == Versions(number=2, total=2, previous=first)


async def test_what_is_asked_for_twice_is_made_once(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, first = await answered(web, ai_bus, web_bus)
    answers = await asyncio.gather(*(act(web, chat, first, "regenerate") for _ in range(10)))
    assert {answer.text for answer in answers} == {REFRESH}
    await end(ai_bus, web_bus, first + 1)
    # A page that does not know yet, and then one that shows the first on purpose.
    await act(web, chat, first, "regenerate")
    assert len(await statuses(db)) == 2
    await act(web, chat, first, "show")
    await act(web, chat, first, "regenerate")
    assert len(await statuses(db)) == 3


async def test_a_message_said_anew_begins_a_branch(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, first = await answered(web, ai_bus, web_bus)
    await end(ai_bus, web_bus, await ask(web, chat, "Two"), text="Dos")
    response = await edit(web, chat, first - 1, "Other")
    assert (response.status_code, response.text) == (200, REFRESH)
    question, answer = first + 3, first + 4
    assert await shown(web, chat) == [question, answer]
    assert turns((await jobs(db, web_bus))[-1]) == ["Other"]
    await end(ai_bus, web_bus, answer, text="Otro")
    await send(web, chat, "More")
    assert turns((await jobs(db, web_bus))[-1]) == ["Other", "Otro", "More"]
    await act(web, chat, first - 1, "show")
    assert await shown(web, chat) == [first - 1, first, first + 1, first + 2]
    await act(web, chat, question, "show")
    assert await shown(web, chat) == [question, answer, answer + 1, answer + 2]


async def test_a_message_in_the_middle_said_anew_keeps_what_came_before(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, first = await answered(web, ai_bus, web_bus)
    second = await ask(web, chat, "Two")
    await end(ai_bus, web_bus, second)
    await edit(web, chat, second - 1, "Zwei")
    assert await shown(web, chat) == [first - 1, first, second + 1, second + 2]
    assert turns((await jobs(db, web_bus))[-1]) == ["One", "Uno", "Zwei"]


async def test_an_edit_sent_twice_is_one_message(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, first = await answered(web, ai_bus, web_bus)
    key = str(uuid4())
    await asyncio.gather(*(edit(web, chat, first - 1, "Other", key=key) for _ in range(10)))
    await edit(web, chat, first - 1, "Other", key=key)
    assert len(await statuses(db)) == 2
    await edit(web, chat, first - 1, "And another", key=key)
    assert len(await statuses(db)) == 3


async def test_an_edit_from_a_page_that_shows_another_branch_brings_its_own(
    web: Web, web_bus: Bus, ai_bus: Bus
) -> None:
    chat, first = await answered(web, ai_bus, web_bus)
    second = await ask(web, chat, "Two")
    await edit(web, chat, first - 1, "Other")
    await edit(web, chat, second - 1, "Zwei")
    assert (await shown(web, chat))[:2] == [first - 1, first]
    assert "Zwei" in (await web.client.get(list_path(chat))).text


async def test_the_edit_page_holds_the_message_and_says_what_is_wrong(web: Web) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat, "\n<b>Mine</b> & mine")
    path = action_path(chat, answer - 1, "edit")
    page = await web.client.get(path)
    assert page.status_code == 200
    assert "&lt;b&gt;Mine&lt;/b&gt; &amp; mine</textarea>" in page.text
    refused = await edit(web, chat, answer - 1, "   ")
    assert refused.status_code == 422
    assert "Write a message first." in refused.text
    assert (await web.client.get(action_path(chat, answer, "edit"))).status_code == 409


async def test_a_version_that_is_shown_already_refreshes_nobody(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, first = await answered(web, ai_bus, web_bus)
    before = await streams(db, web_bus)
    assert (await act(web, chat, first, "show")).text == REFRESH
    assert await streams(db, web_bus) == before


async def test_versions_shown_and_asked_for_at_once_leave_one_of_each(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, first = await answered(web, ai_bus, web_bus)
    await asyncio.gather(
        *(edit(web, chat, first - 1, f"Other {n}") for n in range(5)),
        *(act(web, chat, first, "show") for _ in range(5)),
        *(act(web, chat, first, "regenerate") for _ in range(5)),
        *(send(web, chat, f"More {n}") for n in range(5)),
    )
    page = await shown(web, chat)
    assert page == sorted(page)
    doubles = await db.fetch(
        "SELECT parent_id FROM messages GROUP BY parent_id"
        " HAVING count(*) FILTER (WHERE selected) <> 1"
    )
    assert doubles == []
    assert list((await statuses(db)).values()).count("queued") == 1


async def test_a_click_on_what_is_shown_no_longer_stops_nothing(
    web: Web, ai_bus: Bus, web_bus: Bus, db: Connection
) -> None:
    chat, first = await answered(web, ai_bus, web_bus)
    await act(web, chat, first, "regenerate")
    second = max(await statuses(db))
    await act(web, chat, first, "show")
    assert (await act(web, chat, second, "regenerate")).text == REFRESH
    assert await statuses(db) == {first: "complete", second: "queued"}
