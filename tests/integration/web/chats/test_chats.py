"""Which chat a person is led to."""

import asyncio
from uuid import uuid4

from services.web.chats.model import ChatKey
from services.web.chats.queries import lock_chat
from services.web.db.pool import Connection
from services.web.messages.model import Draft
from services.web.messages.queries import insert_question
from services.web.models.model import Choice
from services.web.models.queries import choose
from tests.integration.web.pages import chat_in, chat_of_somebody_else, list_path, new_chat, send
from tests.support.stack import Web
from tests.support.waiting import until


async def newest(web: Web) -> int:
    response = await web.client.get("/chat/")
    assert response.status_code == 303
    return chat_in(response.headers["location"])


async def test_the_root_leads_to_the_chats(web: Web) -> None:
    response = await web.client.get("/")
    assert (response.status_code, response.headers["location"]) == (303, "/chat/")


async def test_the_first_visit_creates_a_chat_and_the_second_finds_it(
    web: Web, db: Connection
) -> None:
    chat = await newest(web)
    assert await newest(web) == chat
    assert await db.fetchval("SELECT count(*) FROM chats") == 1
    assert (await web.client.get(list_path(chat))).status_code == 200


async def test_first_visits_at_the_same_time_find_one_chat(web: Web, db: Connection) -> None:
    chats = await asyncio.gather(*(newest(web) for _ in range(10)))
    assert len(set(chats)) == 1
    assert await db.fetchval("SELECT count(*) FROM chats") == 1
    assert await db.fetchval("SELECT count(*) FROM accounts") == 1


async def test_a_new_chat_becomes_the_newest(web: Web) -> None:
    first = await new_chat(web)
    second = await new_chat(web)
    assert second > first
    assert await newest(web) == second


async def test_a_chat_without_a_message_is_the_next_new_one(web: Web, db: Connection) -> None:
    empty = await asyncio.gather(*(_pressed_new_chat(web) for _ in range(5)))
    assert len(set(empty)) == 1
    await send(web, empty[0], "Hello")
    another = await _pressed_new_chat(web)
    assert another != empty[0]
    assert await _pressed_new_chat(web) == another
    assert await new_chat(web) not in {empty[0], another}
    assert await db.fetchval("SELECT count(*) FROM chats") == 3


async def test_a_chat_that_another_tab_is_sending_to_is_not_the_next_new_one(
    web: Web, db: Connection
) -> None:
    empty = await _pressed_new_chat(web)
    chat = ChatKey(await db.fetchval("SELECT account_id FROM chats"), empty)
    async with asyncio.TaskGroup() as tasks, db.transaction():
        await insert_question(db, chat, None, Draft("Hello", uuid4()), selected=True)
        pressed = tasks.create_task(_pressed_new_chat(web))
        await until(lambda: _is_waited_for(db))
    assert pressed.result() != empty


async def test_a_new_chat_and_a_choice_of_a_model_do_not_wait_for_each_other(
    web: Web, db: Connection
) -> None:
    empty = await _pressed_new_chat(web)
    chat = ChatKey(await db.fetchval("SELECT account_id FROM chats"), empty)
    async with asyncio.TaskGroup() as tasks, db.transaction():
        await lock_chat(db, chat)
        pressed = tasks.create_task(_pressed_new_chat(web))
        await until(lambda: _is_waited_for(db))
        await choose(db, chat, Choice("local", "large"))
    assert pressed.result() == empty


async def test_the_chat_that_was_last_active_is_opened(web: Web) -> None:
    older, newer = await new_chat(web), await new_chat(web)
    for chat in (newer, older):
        await send(web, chat, "Hello")
    assert await newest(web) == older


async def _pressed_new_chat(web: Web) -> int:
    return chat_in((await web.client.post("/chat/")).headers["location"])


async def test_another_accounts_newer_chat_is_neither_opened_nor_listed(
    web: Web, db: Connection
) -> None:
    own = await new_chat(web)
    await send(web, own, "Hello")
    foreign = await chat_of_somebody_else(db)
    await db.execute("UPDATE chats SET active_at = now() WHERE id = $1", foreign)
    assert await newest(web) == own
    page = (await web.client.get(list_path(own))).text
    assert f'id="chat-{own}-title"' in page
    assert f'id="chat-{foreign}-title"' not in page
    assert "Private" not in page


async def test_paths_without_their_last_slash_lead_to_the_paths_with_it(web: Web) -> None:
    chat = await new_chat(web)
    for path in ("/chat/", list_path(chat)):
        response = await web.client.get(path.rstrip("/"))
        assert response.status_code == 307
        assert response.headers["location"].endswith(path)


async def _is_waited_for(db: Connection) -> bool:
    """Whether another connection waits for this one's transaction."""
    found = await db.fetchval(
        "SELECT EXISTS (SELECT FROM pg_locks"
        " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
    )
    return bool(found)
