"""What goes beyond a limit gets 429 with the time to wait, keeps what was typed, stores nothing."""

import asyncio
from collections.abc import Sequence
from html import unescape
from uuid import uuid4

import httpx2
import pytest

from services.web.db.pool import Connection
from tests.integration.web.limits.conftest import Limited
from tests.integration.web.natter import Natter
from tests.integration.web.pages import FRAME, error_in, form_path, list_path, text_in_the_box

TYPED = "Half a <thought>\n"
FREE_AGAIN = "UPDATE rate_limits SET arrival = arrival - interval '30 seconds'"
STORED = """
SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM outbox)
    + (SELECT count(*) FROM chats)
"""


def check(refused: httpx2.Response, said: str, *, seconds: int) -> None:
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= seconds
    assert "natter-refusal" not in refused.headers
    assert said in unescape(refused.text)


async def send(natter: Natter, chat: int, headers: dict[str, str]) -> httpx2.Response:
    return await natter.web.client.post(form_path(chat), data={"content": TYPED}, headers=headers)


async def stored(db: Connection) -> int:
    count: int = await db.fetchval(STORED)
    return count


async def test_a_message_too_many_comes_back_in_its_form(limited: Limited) -> None:
    async with limited(messages_per_minute=2) as natter:
        chat, key = await natter.new_chat(), str(uuid4())
        for _ in range(3):
            assert (await natter.send(chat, "Once", key=key)).status_code == 200
        answer = await natter.ask(chat, "Twice")
        await natter.jobs()
        before = await stored(natter.db)
        for headers in ({}, FRAME):
            refused = await send(natter, chat, headers)
            check(refused, "You can send 2 messages a minute. Please try again in ", seconds=30)
            assert error_in(refused.text).startswith("You can send 2 messages a minute.")
            assert text_in_the_box(refused.text) == TYPED
            assert 'aria-invalid="true"' not in refused.text
        edited = await natter.edit(chat, answer - 1, TYPED)
        check(edited, "You can send 2 messages a minute.", seconds=30)
        assert f'<turbo-frame id="message_{answer - 1}_edit"' in edited.text
        assert unescape(edited.text).count(TYPED) == 1
        assert await stored(natter.db) == before
        await natter.db.execute(FREE_AGAIN)
        assert (await natter.send(chat, TYPED)).status_code == 200
        assert (await natter.send(chat, TYPED)).status_code == 429


@pytest.mark.parametrize(
    ("action", "ended"),
    [
        ("regenerate", {}),
        ("continue", {"status": "stopped"}),
        ("retry", {"status": "failed", "error": "timeout", "text": ""}),
    ],
)
async def test_all_that_asks_a_model_counts(
    limited: Limited, action: str, ended: dict[str, object]
) -> None:
    async with limited(messages_per_minute=2) as natter:
        chat = await natter.new_chat()
        first, other = await natter.ask(chat), await natter.ask(chat)
        await natter.end(first)
        await natter.end(other, **ended)
        refused = await natter.act(chat, other, action)
        check(refused, 'class="error-page__message">You can send 2 messages', seconds=30)
        await natter.db.execute(FREE_AGAIN)
        assert (await natter.act(chat, other, action)).status_code == 200
        assert (await send(natter, chat, FRAME)).status_code == 429


async def test_a_chat_too_many_is_not_begun(limited: Limited) -> None:
    async with limited(chats_per_hour=2) as natter:
        chat = await natter.new_chat()
        answer = await natter.ask(chat)
        client = natter.web.client
        for _ in range(3):
            opened = await client.post("/chat/")
            assert opened.headers["location"] == list_path(chat + 1)
        await natter.jobs()
        before = await stored(natter.db)
        for refused in (
            await client.post("/chat/", data={"fresh": "1"}),
            await client.post("/chat/", data={"temporary": "1"}),
            await natter.act(chat, answer - 1, "fork", turbo=False),
        ):
            check(refused, "You can begin 2 chats an hour. Please try again in ", seconds=1800)
        assert await stored(natter.db) == before
        assert (await client.get("/chat/")).status_code == 303


async def test_tokens_of_a_day_are_counted_whatever_becomes_of_the_chat(limited: Limited) -> None:
    async with limited(tokens_per_day=1000) as natter:
        chat, other = await natter.new_chat(), await natter.new_chat()
        answer = await natter.ask(chat)
        await natter.end(answer, prompt_tokens=600, completion_tokens=399)
        await natter.end(answer, prompt_tokens=600, completion_tokens=399)
        last = await natter.ask(other)
        await natter.end(last, status="stopped", prompt_tokens=None, completion_tokens=1)
        await natter.web.client.post(f"/chat/{chat}/delete/")
        await natter.db.execute("DELETE FROM chats WHERE id = $1", chat)
        said = "You have used the 1,000 tokens of today. Please try again in "
        check(await send(natter, other, {}), said, seconds=86_400)
        check(await natter.act(other, last, "regenerate"), said, seconds=86_400)
        await natter.db.execute("UPDATE token_counts SET day = day - 1")
        assert (await natter.act(other, last, "regenerate")).status_code == 200


async def test_no_more_answers_than_the_limit_are_left_unfinished(limited: Limited) -> None:
    async with limited(answers_waiting=3) as natter, limited(answers_waiting=3) as other:
        chats = [await natter.new_chat() for _ in range(12)]
        done = await _sent(chats, natter, other)
        assert done.count(200) == 3
        assert done.count(429) == 9
        refused = await send(natter, chats[0], {})
        check(refused, "You have 3 unfinished answers. Please wait until one", seconds=10)
        answers = await natter.statuses()
        assert len(answers) == 3
        await natter.end(min(answers))
        assert (await _sent(chats, natter, other)).count(200) == 1


async def test_two_replicas_count_together(limited: Limited) -> None:
    async with (
        limited(messages_per_minute=5, answers_at_once=2, answers_waiting=7) as natter,
        limited(messages_per_minute=5, answers_at_once=2, answers_waiting=7) as other,
    ):
        chats = [await natter.new_chat() for _ in range(20)]
        done = await _sent(chats, natter, other)
        assert (done.count(200), done.count(429)) == (5, 15)
        assert sorted((await natter.statuses()).values()) == ["queued"] * 2 + ["waiting"] * 3


async def _sent(chats: Sequence[int], *natters: Natter) -> list[int]:
    """Send a message in each chat at once, to one replica after the other; return the statuses."""
    responses = await asyncio.gather(
        *(natters[place % 2].send(chat, "Hello?") for place, chat in enumerate(chats))
    )
    return [response.status_code for response in responses]
