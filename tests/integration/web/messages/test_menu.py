"""The menu of a message, its text as Markdown, and chats that are forked from it."""

import httpx2
import pytest

from tests.integration.web.messages.filling import fill_chat
from tests.integration.web.natter import TEXT, Natter
from tests.integration.web.pages import (
    action_path,
    chat_in,
    chat_of_somebody_else,
    list_path,
    messages_in,
)

KEPT = (
    "role, status, content, reasoning, reasoning_seconds, error, finish_reason, model,"
    " prompt_tokens, completion_tokens, usage_estimated, left_out, restarted, created_at, ended_at"
)


async def get(natter: Natter, chat: int, message: int, what: str) -> httpx2.Response:
    return await natter.web.client.get(action_path(chat, message, what))


async def rows(natter: Natter, *ids: int) -> list[tuple[object, ...]]:
    query = f"SELECT {KEPT} FROM messages WHERE id = ANY($1) ORDER BY id"  # noqa: S608 - no input
    return [tuple(row) for row in await natter.db.fetch(query, ids)]


async def test_a_message_is_had_as_its_author_wrote_it(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "<b>One</b>\n\n* two")
    await natter.end(answer)
    text = await get(natter, chat, answer, "markdown")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.headers["x-content-type-options"] == "nosniff"
    assert text.text == TEXT
    assert (await get(natter, chat, answer - 1, "markdown")).text == "<b>One</b>\n\n* two"


async def test_a_menu_says_what_is_known_of_an_answer(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    assert "Took " not in (await get(natter, chat, answer, "menu")).text
    await natter.end(answer, prompt_tokens=1234, completion_tokens=56, usage_estimated=True)
    menu = (await get(natter, chat, answer, "menu")).text
    assert '<turbo-frame id="menu-frame">' in menu
    assert "demo-1" in menu
    assert "~1,234 tokens read, ~56 written" in menu
    assert "Took " in menu
    for what in ("markdown", "fork"):
        assert f'"{action_path(chat, answer, what)}"' in menu
    question = (await get(natter, chat, answer - 1, "menu")).text
    assert "tokens read" not in question
    assert "Took " not in question


async def test_of_an_answer_that_was_tried_again_later_no_duration_is_said(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.end(answer, status="failed", text="", error="interrupted")
    await natter.act(chat, answer, "retry")
    await natter.end(answer, run=2)
    menu = (await get(natter, chat, answer, "menu")).text
    assert "demo-1" in menu
    assert "Took " not in menu


async def test_times_and_days_are_those_of_the_readers_clock(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.db.execute(
        "UPDATE messages SET created_at = '2026-03-01 23:30Z' WHERE id = $1", answer
    )
    for cookie, shown in (
        ("", "1 March 2026, 23:30 UTC"),
        ("utc-offset=90", "2 March 2026, 01:00"),
        ("utc-offset=-1440", "1 March 2026, 23:30 UTC"),
    ):
        menu = await natter.web.client.get(
            action_path(chat, answer, "menu"), headers={"cookie": cookie}
        )
        assert f'<time datetime="2026-03-01T23:30:00+00:00">{shown}</time>' in menu.text


async def test_counted_tokens_are_said_to_be_exact(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.end(answer)
    assert "3 tokens read, 5 written" in (await get(natter, chat, answer, "menu")).text


async def test_the_row_of_a_message_leads_to_its_text_and_menu_once_it_has_ended(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    links = [f'href="{action_path(chat, answer, what)}"' for what in ("markdown", "menu")]
    page = await natter.page(chat)
    assert [link in page for link in links] == [False, False]
    await natter.end(answer)
    page = await natter.page(chat)
    assert [link in page for link in links] == [True, True]


async def test_a_fork_has_all_that_led_to_the_message_and_nothing_after_it(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    first = await natter.ask(chat, "One")
    await natter.end(first, text="Uno", reasoning="Hm", reasoning_seconds=2.5)
    second = await natter.ask(chat, "Two")
    await natter.end(second, status="failed", text="", error="unavailable", finish_reason=None)
    third = await natter.ask(chat, "Three")
    await natter.end(third)
    await natter.db.execute(
        "UPDATE chats SET given_title = 'Numbers', chosen_model = 'm', temperature = 0.5,"
        " system_prompt = 'Short.' WHERE id = $1",
        chat,
    )
    answer = await natter.act(chat, second, "fork", turbo=False)
    assert answer.status_code == 303
    copy = chat_in(answer.headers["location"])
    copies = await natter.shown(copy)
    assert copies == list(range(third + 1, third + 5))
    assert await rows(natter, *copies) == await rows(natter, first - 1, first, second - 1, second)
    options = "SELECT given_title, chosen_model, temperature, system_prompt FROM chats WHERE id=$1"
    assert await natter.db.fetchrow(options, copy) == await natter.db.fetchrow(options, chat)
    assert await natter.shown(chat) == list(range(first - 1, third + 1))
    await natter.send(copy, "More")
    assert (await natter.jobs())[-1].chat_id == copy


async def test_a_fork_is_of_the_version_that_was_asked_for(natter: Natter) -> None:
    chat = await natter.new_chat()
    first = await natter.ask(chat, "One")
    await natter.end(first, text="Uno")
    await natter.act(chat, first, "regenerate")
    await natter.end(first + 1, text="Eins")
    answer = await natter.act(chat, first, "fork", turbo=False)
    page = await natter.page(chat_in(answer.headers["location"]))
    assert "Uno" in page
    assert "Eins" not in page
    assert "1/2" not in page


async def test_an_unfinished_answer_is_not_copied(natter: Natter) -> None:
    chat = await natter.new_chat()
    first = await natter.ask(chat, "One")
    second = await natter.ask(chat, "Two")
    answer = await natter.act(chat, second, "fork", turbo=False)
    copies = await natter.shown(chat_in(answer.headers["location"]))
    assert await rows(natter, *copies) == await rows(natter, first - 1, second - 1)
    assert len(await natter.jobs()) == 1


async def test_a_long_chat_is_forked_in_order(natter: Natter) -> None:
    chat = await natter.new_chat()
    await fill_chat(natter.db, chat, 1000)
    answer = await natter.act(chat, 1000, "fork", turbo=False)
    copy = chat_in(answer.headers["location"])
    texts = "SELECT content FROM messages WHERE chat_id = $1 ORDER BY id"
    assert await natter.db.fetch(texts, copy) == await natter.db.fetch(texts, chat)
    assert await natter.shown(copy) == list(range(1941, 2001))
    first = await natter.web.client.get(f"{list_path(copy)}?around=1001")
    assert messages_in(first.text)[0] == (1001, "user")


@pytest.mark.parametrize("what", ["menu", "markdown", "fork"])
async def test_messages_of_others_are_not_found(natter: Natter, what: str) -> None:
    own = await natter.new_chat()
    chat = await chat_of_somebody_else(natter.db)
    await fill_chat(natter.db, chat, 2)
    for place in (chat, own):
        path = action_path(place, 2, what)
        send = natter.web.client.post if what == "fork" else natter.web.client.get
        assert (await send(path)).status_code == 404
    assert await natter.db.fetchval("SELECT count(*) FROM chats") == 2
