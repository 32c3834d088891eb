"""Asking anew: a version beside what is there, never in its place, and arrows between them."""

import asyncio
from uuid import uuid4

from services.shared.bus.messages import Versions
from tests.integration.web.natter import Natter, turns
from tests.integration.web.pages import action_path

REFRESH = '<turbo-stream action="refresh"></turbo-stream>'


async def answered(natter: Natter) -> tuple[int, int]:
    """A chat with one answer that has ended."""
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "One")
    await natter.end(answer, text="Uno")
    return chat, answer


async def test_another_answer_stands_beside_the_first(natter: Natter) -> None:
    chat, first = await answered(natter)
    response = await natter.act(chat, first, "regenerate")
    second = first + 1
    assert (response.status_code, response.text) == (200, REFRESH)
    assert (await natter.streams())[-1] == REFRESH
    assert await natter.shown(chat) == [first - 1, second]
    assert (await natter.row(first))["content"] == "Uno"
    page = await natter.page(chat)
    assert "2/2" in page
    assert action_path(chat, first, "show") in page
    job = (await natter.jobs())[-1]
    assert (job.message_id, turns(job)) == (second, ["One"])
    assert job.versions == Versions(number=2, total=2, previous=first)


async def test_what_is_asked_for_twice_is_made_once(natter: Natter) -> None:
    chat, first = await answered(natter)
    answers = await asyncio.gather(*(natter.act(chat, first, "regenerate") for _ in range(10)))
    assert {answer.text for answer in answers} == {REFRESH}
    await natter.end(first + 1)
    # A page that does not know yet, and then one that shows the first on purpose.
    await natter.act(chat, first, "regenerate")
    assert len(await natter.statuses()) == 2
    await natter.act(chat, first, "show")
    await natter.act(chat, first, "regenerate")
    assert len(await natter.statuses()) == 3


async def test_a_message_said_anew_begins_a_branch(natter: Natter) -> None:
    chat, first = await answered(natter)
    await natter.end(await natter.ask(chat, "Two"), text="Dos")
    response = await natter.edit(chat, first - 1, "Other")
    assert (response.status_code, response.text) == (200, REFRESH)
    question, answer = first + 3, first + 4
    assert await natter.shown(chat) == [question, answer]
    assert turns((await natter.jobs())[-1]) == ["Other"]
    await natter.end(answer, text="Otro")
    await natter.send(chat, "More")
    assert turns((await natter.jobs())[-1]) == ["Other", "Otro", "More"]
    await natter.act(chat, first - 1, "show")
    assert await natter.shown(chat) == [first - 1, first, first + 1, first + 2]
    await natter.act(chat, question, "show")
    assert await natter.shown(chat) == [question, answer, answer + 1, answer + 2]


async def test_a_message_in_the_middle_said_anew_keeps_what_came_before(natter: Natter) -> None:
    chat, first = await answered(natter)
    second = await natter.ask(chat, "Two")
    await natter.end(second)
    await natter.edit(chat, second - 1, "Zwei")
    assert await natter.shown(chat) == [first - 1, first, second + 1, second + 2]
    assert turns((await natter.jobs())[-1]) == ["One", "Uno", "Zwei"]


async def test_an_edit_sent_twice_is_one_message(natter: Natter) -> None:
    chat, first = await answered(natter)
    key = str(uuid4())
    await asyncio.gather(*(natter.edit(chat, first - 1, "Other", key=key) for _ in range(10)))
    await natter.edit(chat, first - 1, "Other", key=key)
    assert len(await natter.statuses()) == 2
    await natter.edit(chat, first - 1, "And another", key=key)
    assert len(await natter.statuses()) == 3


async def test_an_edit_from_a_page_that_shows_another_branch_brings_its_own(natter: Natter) -> None:
    chat, first = await answered(natter)
    second = await natter.ask(chat, "Two")
    await natter.edit(chat, first - 1, "Other")
    await natter.edit(chat, second - 1, "Zwei")
    assert (await natter.shown(chat))[:2] == [first - 1, first]
    assert "Zwei" in await natter.page(chat)


async def test_the_edit_page_holds_the_message_and_says_what_is_wrong(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "\n<b>Mine</b> & mine")
    path = action_path(chat, answer - 1, "edit")
    page = await natter.web.client.get(path)
    assert page.status_code == 200
    assert "&lt;b&gt;Mine&lt;/b&gt; &amp; mine</textarea>" in page.text
    refused = await natter.edit(chat, answer - 1, "   ")
    assert refused.status_code == 422
    assert "Write a message first." in refused.text
    assert (await natter.web.client.get(action_path(chat, answer, "edit"))).status_code == 409


async def test_a_version_that_is_shown_already_refreshes_nobody(natter: Natter) -> None:
    chat, first = await answered(natter)
    before = await natter.streams()
    assert (await natter.act(chat, first, "show")).text == REFRESH
    assert await natter.streams() == before


async def test_versions_shown_and_asked_for_at_once_leave_one_of_each(natter: Natter) -> None:
    chat, first = await answered(natter)
    await asyncio.gather(
        *(natter.edit(chat, first - 1, f"Other {n}") for n in range(5)),
        *(natter.act(chat, first, "show") for _ in range(5)),
        *(natter.act(chat, first, "regenerate") for _ in range(5)),
        *(natter.send(chat, f"More {n}") for n in range(5)),
    )
    page = await natter.shown(chat)
    assert page == sorted(page)
    doubles = await natter.db.fetch(
        "SELECT parent_id FROM messages GROUP BY parent_id"
        " HAVING count(*) FILTER (WHERE selected) <> 1"
    )
    assert doubles == []
    assert list((await natter.statuses()).values()).count("queued") == 1


async def test_a_click_on_what_is_shown_no_longer_stops_nothing(natter: Natter) -> None:
    chat, first = await answered(natter)
    await natter.act(chat, first, "regenerate")
    second = max(await natter.statuses())
    await natter.act(chat, first, "show")
    assert (await natter.act(chat, second, "regenerate")).text == REFRESH
    assert await natter.statuses() == {first: "complete", second: "queued"}
