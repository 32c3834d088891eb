"""Titles: the prompt's first words at once, a model's proposal once there is an answer."""

from html import escape

import pytest

from services.shared.bus.connection import Bus
from services.shared.bus.messages import TitleResult
from services.web.db.pool import Connection
from tests.integration.web.answering import (
    act,
    ask,
    end,
    publish,
    streams,
    taken,
    title_jobs,
)
from tests.integration.web.pages import list_path, new_chat
from tests.support.stack import Web


async def title(db: Connection, chat: int) -> tuple[str | None, str]:
    found = await db.fetchrow("SELECT title, title_source FROM chats WHERE id = $1", chat)
    assert found
    return found["title"], found["title_source"]


async def propose(ai_bus: Bus, web_bus: Bus, chat: int, text: str | None) -> None:
    await publish(ai_bus, TitleResult(chat_id=chat, title=text))
    await taken(web_bus)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("\u202eright to left", "right to left"),
        ("\u200b", None),
        ("\u200d \u2060", None),
        ("**Cooking** *rice*", "Cooking rice"),
        ("# Rice\n\n- how `long`?\n- [how hot](https://example.org/)?", "Rice how long? how hot?"),
        ("Why is $a_1 * b * c$ &amp; x?", "Why is $a_1 * b * c$ & x?"),
        ("---", "---"),
    ],
)
async def test_a_chat_is_named_after_what_is_seen_of_its_first_message(
    web: Web, db: Connection, said: str, named: str | None
) -> None:
    chat = await new_chat(web)
    await ask(web, chat, said)
    assert (await title(db, chat))[0] == named
    page = (await web.client.get(list_path(chat))).text
    assert f"{escape(named or 'New chat')} · Natter</title>" in page


async def test_a_title_is_asked_for_after_the_first_answer(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    assert await title(db, chat) == (None, "none")
    answer = await ask(web, chat, "q" * 3000)
    assert (await title(db, chat))[1] == "prompt"
    assert await title_jobs(db, web_bus) == []
    await end(ai_bus, web_bus, answer, text="a" * 3000)
    (job,) = await title_jobs(db, web_bus)
    assert job.chat_id == chat
    assert [(turn.role, turn.content) for turn in job.turns] == [
        ("user", "q" * 2000),
        ("assistant", "a" * 2000),
    ]


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"status": "stopped", "text": "As far as"}, 1),
        ({"status": "stopped", "text": ""}, 0),
        ({"status": "complete", "text": " "}, 0),
        ({"status": "failed", "error": "cut_off", "text": "Half"}, 0),
    ],
)
async def test_only_an_answer_with_a_text_is_worth_a_title(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection, changes: dict[str, object], asked: int
) -> None:
    chat = await new_chat(web)
    await end(ai_bus, web_bus, await ask(web, chat), **changes)
    assert len(await title_jobs(db, web_bus)) == asked


async def test_a_proposed_title_is_shown_on_every_open_page_and_moves_nothing(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, newer = await new_chat(web), await new_chat(web)
    await end(ai_bus, web_bus, await ask(web, chat, "Hello"))
    await propose(ai_bus, web_bus, chat, "  <b>Greetings</b>\n\x00\u202eand \u270d\u200d\u270d  ")
    assert await title(db, chat) == ("<b>Greetings</b> and \u270d\u200d\u270d", "model")
    escaped = "&lt;b&gt;Greetings&lt;/b&gt; and \u270d\u200d\u270d"
    update = f'<turbo-stream action="update" target="chat-{chat}-title"><template>{escaped}'
    assert update in (await streams(db, web_bus))[-1]
    page = (await web.client.get(list_path(chat))).text
    assert f'<span id="chat-{chat}-title" dir="auto">{escaped}</span>' in page
    assert page.index(f'id="chat-{newer}-title"') < page.index(f'id="chat-{chat}-title"')


async def test_a_title_of_a_model_is_never_overwritten(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    await end(ai_bus, web_bus, await ask(web, chat))
    await propose(ai_bus, web_bus, chat, "First")
    before = await streams(db, web_bus)
    await propose(ai_bus, web_bus, chat, "Late")
    assert await title(db, chat) == ("First", "model")
    assert await streams(db, web_bus) == before
    await end(ai_bus, web_bus, await ask(web, chat))
    assert len(await title_jobs(db, web_bus)) == 1


async def test_a_title_that_was_not_found_is_looked_for_three_times(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    for asked in (1, 2, 3, 3, 3):
        await end(ai_bus, web_bus, await ask(web, chat, "Hello"))
        await propose(ai_bus, web_bus, chat, None)
        assert len(await title_jobs(db, web_bus)) == asked
    assert await title(db, chat) == ("Hello", "prompt")


async def test_a_proposal_of_nothing_or_for_nobody_changes_nothing(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    await propose(ai_bus, web_bus, chat, "Before anything was said")
    await end(ai_bus, web_bus, await ask(web, chat, "Hello"))
    for number, text in ((chat, ""), (chat, " \n\x00 "), (999, "X"), (2**63, "X"), (10**30, "X")):
        await propose(ai_bus, web_bus, number, text)
    assert await title(db, chat) == ("Hello", "prompt")
    await propose(ai_bus, web_bus, chat, "long " * 5000)
    named = (await title(db, chat))[0]
    assert named is not None
    assert len(named) <= 60


async def test_a_chat_begun_anew_is_named_after_what_leads_to_its_answer(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat, "One")
    await act(web, chat, answer, "stop")
    await act(web, chat, answer - 1, "edit", content="Other")
    await end(ai_bus, web_bus, answer + 2)
    (job,) = await title_jobs(db, web_bus)
    assert job.turns[0].content == "Other"
