"""What a person does with a chat as a whole, and what every open page of the account gets of it."""

import asyncio
import re

import httpx2
import pytest

from services.shared.bus.messages import TitleResult
from services.web.accounts.sessions.model import Lifetimes
from services.web.chats.changes import service
from services.web.chats.changes.queries import list_expired, purge
from services.web.db.pool import open_pool
from services.web.removal.expiry import Expiry
from tests.integration.web.chats.test_list import rows_by_group
from tests.integration.web.natter import Natter, logged
from tests.integration.web.pages import TURBO, chat_in, chat_of_somebody_else, list_path
from tests.support.waiting import until

ACTS = ("pin", "unpin", "archive", "unarchive", "delete", "restore", "seen", "rename")


async def act(
    natter: Natter, chat: int, name: str, *, turbo: bool = False, **fields: str
) -> httpx2.Response:
    headers = TURBO if turbo else {}
    return await natter.web.client.post(f"/chat/{chat}/{name}/", data=fields, headers=headers)


async def asked_chat(natter: Natter, content: str = "Hello?") -> int:
    chat = await natter.new_chat()
    await natter.ask(chat, content)
    return chat


async def listed(natter: Natter) -> dict[str, list[int]]:
    page = await natter.web.client.get("/chat/list/", headers={"turbo-frame": "chats"})
    return rows_by_group(page.text)


async def column(natter: Natter, chat: int, name: str) -> object:
    row = await natter.db.fetchrow("SELECT * FROM chats WHERE id = $1", chat)
    assert row
    return row[name]


async def test_a_first_message_brings_the_row_and_its_end_the_mark(natter: Natter) -> None:
    chat = await natter.new_chat()
    assert await natter.account_streams() == []
    answer = await natter.ask(chat, "Plans")
    (row,) = await natter.account_streams()
    assert row.startswith('<turbo-stream action="prepend" target="chats-today-list">')
    assert f'<li id="chat_{chat}_row"' in row
    assert ">Plans</span>" in row
    assert '<span class="answering">' in row
    assert "aria-current" not in row
    await natter.end(answer)
    ended = (await natter.account_streams())[1]
    assert ended.startswith(f'<turbo-stream action="update" target="chat_{chat}_state">')
    assert '<span class="unread">' in ended


async def test_a_chat_is_read_by_its_page_and_by_whoever_looks_at_it(natter: Natter) -> None:
    chat, other = await natter.new_chat(), await natter.new_chat()
    for look in (
        lambda: natter.page(chat),
        lambda: act(natter, chat, "seen"),
    ):
        await natter.end(await natter.ask(chat))
        assert f'<span id="chat_{chat}_state" class="chat-link__state"><span class="unread">' in (
            await natter.page(other)
        )
        await look()
        assert await column(natter, chat, "is_unread") is False
        assert (await natter.account_streams())[-1] == (
            f'<turbo-stream action="update" target="chat_{chat}_state">'
            "<template></template></turbo-stream>"
        )
    count = len(await natter.account_streams())
    await act(natter, chat, "seen")
    assert len(await natter.account_streams()) == count


async def test_a_stopped_answer_is_no_news(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.act(chat, answer, "stop")
    assert await column(natter, chat, "is_unread") is False
    assert "answering" not in (await natter.account_streams())[-1]


async def test_a_chat_moves_to_the_top_when_something_is_said(natter: Natter) -> None:
    first, second = await asked_chat(natter), await asked_chat(natter)
    assert await listed(natter) == {"today": [second, first]}
    await natter.ask(first)
    assert await listed(natter) == {"today": [first, second]}
    assert f'<li id="chat_{first}_row"' in (await natter.account_streams())[-1]


async def test_a_chat_moves_to_the_top_when_its_answer_is_tried_again(natter: Natter) -> None:
    first = await natter.new_chat()
    answer = await natter.ask(first)
    await natter.end(answer, status="failed", text="", error="interrupted")
    second = await asked_chat(natter)
    await natter.act(first, answer, "retry")
    assert f'<li id="chat_{first}_row"' in (await natter.account_streams())[-1]
    assert await listed(natter) == {"today": [first, second]}


async def test_a_title_of_the_persons_own_stays_until_it_is_emptied(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat, "First words")
    response = await act(natter, chat, "rename", title="  My \u202e<i>plans</i> \n")
    assert (response.status_code, response.headers["location"]) == (303, list_path(chat))
    assert await column(natter, chat, "given_title") == "My <i>plans</i>"
    stream = (await natter.account_streams())[-1]
    assert stream == (
        f'<turbo-stream action="update" target="chat-{chat}-title"><template>'
        "My &lt;i&gt;plans&lt;/i&gt;</template></turbo-stream>"
    )
    assert f'target="chat-{chat}-page-title"' in (await natter.streams())[-1]
    await natter.end(answer)
    assert await natter.title_jobs() == []
    await natter.publish(TitleResult(chat_id=chat, title="Of the model"))
    await natter.taken()
    assert "<title" in await natter.page(chat)
    assert "My &lt;i&gt;plans&lt;/i&gt; · Natter</title>" in await natter.page(chat)
    await act(natter, chat, "rename", title=" ")
    assert "Of the model · Natter</title>" in await natter.page(chat)


async def test_a_refused_title_is_shown_with_what_is_wrong(natter: Natter) -> None:
    chat = await asked_chat(natter)
    typed = "<" * 121
    answer = await act(natter, chat, "rename", title=typed)
    assert answer.status_code == 422
    assert "A title may have 120 characters; this one has 121." in answer.text
    assert f'value="{"&lt;" * 121}"' in answer.text
    assert await column(natter, chat, "given_title") is None
    assert (await act(natter, chat, "rename", title=typed[:120])).status_code == 303


@pytest.mark.parametrize("frame", ["menu-frame", "chat_{}_rename"])
async def test_the_form_stands_in_the_frame_that_asks_for_it(natter: Natter, frame: str) -> None:
    chat = await asked_chat(natter)
    name = frame.format(chat)
    headers = {**TURBO, "turbo-frame": name}
    page = await natter.web.client.get(f"/chat/{chat}/rename/", headers=headers)
    assert re.findall(r'<turbo-frame id="(menu-frame|chat_\d+_rename)"', page.text) == [name]
    answer = await natter.web.client.post(
        f"/chat/{chat}/rename/", data={"title": "New"}, headers=headers
    )
    assert answer.text.startswith(
        f'<turbo-stream action="update" target="{name}"><template></template>'
    )


async def test_a_pinned_chat_stands_first_and_stays_there(natter: Natter) -> None:
    pinned, other = await asked_chat(natter), await asked_chat(natter)
    await act(natter, pinned, "pin")
    assert await listed(natter) == {"pinned": [pinned], "today": [other]}
    stream = (await natter.account_streams())[-1]
    assert stream.startswith('<turbo-stream action="prepend" target="chats-pinned-list">')
    await natter.ask(pinned)
    assert (await natter.account_streams())[-1].startswith('<turbo-stream action="update"')
    await act(natter, pinned, "unpin")
    assert await listed(natter) == {"today": [pinned, other]}
    assert 'target="chats-reload"' in (await natter.account_streams())[-1]


async def test_no_more_chats_are_pinned_than_the_list_has_room_for(
    natter: Natter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_PINNED", 2)
    chats = [await asked_chat(natter) for _ in range(4)]
    answers = await asyncio.gather(*(act(natter, chat, "pin") for chat in chats))
    assert sorted(answer.status_code for answer in answers) == [303, 303, 409, 409]
    assert "You can pin 2 chats. Unpin another one first." in _refused(answers).text
    pinned = (await listed(natter))["pinned"]
    assert len(pinned) == 2
    # It comes back pinned.
    await act(natter, pinned[0], "delete")
    (other, _) = (chat for chat in chats if chat not in pinned)
    assert (await act(natter, other, "pin")).status_code == 409
    await act(natter, pinned[1], "unpin")
    assert (await act(natter, other, "pin")).status_code == 303


async def test_an_archived_chat_can_be_read_and_comes_back(natter: Natter) -> None:
    chat = await asked_chat(natter, "Old plans")
    await act(natter, chat, "pin")
    await act(natter, chat, "archive")
    assert await listed(natter) == {}
    assert (await natter.account_streams())[-1] == (
        f'<turbo-stream action="remove" target="chat_{chat}_row"></turbo-stream>'
    )
    assert (await natter.web.client.get(list_path(chat))).status_code == 200
    assert ">Old plans</a>" in (await natter.web.client.get("/chat/archived/")).text
    before = len(await natter.account_streams())
    await natter.ask(chat, "More")
    assert len(await natter.account_streams()) == before
    await act(natter, chat, "unarchive")
    assert await listed(natter) == {"today": [chat]}
    assert "Old plans" not in _main((await natter.web.client.get("/chat/archived/")).text)


async def test_a_deleted_chat_is_not_found_until_it_is_restored(natter: Natter) -> None:
    chat = await asked_chat(natter, "Lost plans")
    answer = await act(natter, chat, "delete")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/chat/?deleted={chat}")
    assert await listed(natter) == {}
    for path in (list_path(chat), f"/chat/{chat}/menu/", f"/chat/{chat}/message/stream/"):
        assert (await natter.web.client.get(path)).status_code == 404
    assert (await natter.send(chat, "More")).status_code == 404
    assert "Lost plans" in _main((await natter.web.client.get("/chat/deleted/")).text)
    restored = await act(natter, chat, "restore")
    assert restored.headers["location"] == list_path(chat)
    assert await listed(natter) == {"today": [chat]}
    assert "Lost plans" not in _main((await natter.web.client.get("/chat/deleted/")).text)


async def test_two_pages_take_the_same_chats_back_at_once(natter: Natter) -> None:
    first, last = await asked_chat(natter), await asked_chat(natter)
    for chat in (first, last):
        await act(natter, chat, "delete")
    lock = "SELECT FROM chats WHERE id = $1 FOR UPDATE"
    async with asyncio.TaskGroup() as tasks, natter.db.transaction():
        await natter.db.execute(lock, first)
        restoring = tasks.create_task(act(natter, last, "restore", also=str(first)))
        await until(lambda: _somebody_waits(natter))
        await natter.db.execute(lock, last)
    assert restoring.result().status_code == 303
    assert await listed(natter) == {"today": [last, first]}


async def test_the_next_page_offers_to_take_a_deletion_back(natter: Natter) -> None:
    chat, _ = await asked_chat(natter), await asked_chat(natter)
    location = (await act(natter, chat, "delete")).headers["location"]
    location = (await natter.web.client.get(location)).headers["location"]
    offer = f'action="/chat/{chat}/restore/"'
    assert offer in (await natter.web.client.get(location)).text
    await act(natter, chat, "restore")
    assert offer not in (await natter.web.client.get(location)).text
    foreign = await chat_of_somebody_else(natter.db)
    await natter.db.execute("UPDATE chats SET deleted_at = now() WHERE id = $1", foreign)
    for named in (str(foreign), "x", "-1", "9" * 30, "\u0661", ""):
        page = await natter.web.client.get(location.partition("?")[0], params={"deleted": named})
        assert page.status_code == 200
        assert "/restore/" not in page.text


async def test_turbo_gets_the_removal_and_the_toast(natter: Natter) -> None:
    chat, also = await asked_chat(natter), await asked_chat(natter)
    answer = await act(natter, chat, "delete", turbo=True)
    assert answer.text.startswith(f'<turbo-stream action="remove" target="chat_{chat}_row">')
    assert f'<div id="toast_deleted_{chat}" class="toast"' in answer.text
    await act(natter, also, "delete")
    before = len(await natter.account_streams())
    answer = await act(natter, chat, "restore", turbo=True, also=f"{also} x 999 {'9' * 30}")
    assert answer.text == (
        f'<turbo-stream action="remove" target="toast_deleted_{chat}"></turbo-stream>'
    )
    assert await listed(natter) == {"today": [also, chat]}
    # Every page reads its list again, once.
    assert len(await natter.account_streams()) == before + 1


async def test_of_the_chats_that_are_restored_with_another_only_so_many_are_read(
    natter: Natter,
) -> None:
    chat, last, over = [await asked_chat(natter) for _ in range(3)]
    for each in (chat, last, over):
        await act(natter, each, "delete")
    await act(natter, chat, "restore", also=f"{'x ' * 49} {last} {over}")
    assert await listed(natter) == {"today": [last, chat]}


async def test_answers_of_a_deleted_chat_are_stopped_and_their_ends_stored(natter: Natter) -> None:
    chat = await natter.new_chat()
    running, waiting = await natter.ask(chat), await natter.ask(chat)
    stops = await natter.ai.client.subscribe("ai.stop.*")
    await natter.ai.client.flush()
    await natter.write_log(running, logged("Half"))
    await act(natter, chat, "delete")
    assert (await stops.next_msg(timeout=10)).data
    assert await natter.statuses() == {running: "queued", waiting: "stopped"}
    await natter.end(running, status="stopped", text="Half")
    await act(natter, chat, "restore")
    assert await natter.statuses() == {running: "stopped", waiting: "stopped"}
    assert "Half" in await natter.page(chat)


async def test_nobody_else_changes_a_chat(natter: Natter) -> None:
    foreign = await chat_of_somebody_else(natter.db)
    before = await natter.db.fetchrow("SELECT * FROM chats WHERE id = $1", foreign)
    answers = await asyncio.gather(*(act(natter, foreign, name, title="Mine") for name in ACTS))
    assert {answer.status_code for answer in answers} == {404}
    own = await asked_chat(natter)
    await act(natter, own, "restore", also=str(foreign))
    assert before == await natter.db.fetchrow("SELECT * FROM chats WHERE id = $1", foreign)


async def test_a_temporary_chat_says_so_and_asks_no_model_for_a_title(natter: Natter) -> None:
    chat = await _temporary_chat(natter)
    assert "A temporary chat" in await natter.page(chat)
    assert 'class="header__temporary"' in await natter.page(chat)
    await natter.end(await natter.ask(chat))
    assert await natter.title_jobs() == []
    assert await natter.account_streams() == []
    assert chat_in((await natter.web.client.get("/chat/")).headers["location"]) != chat


async def test_what_was_deleted_or_left_long_ago_is_purged(
    natter: Natter, database_url: str
) -> None:
    kept, deleted, fresh = [await asked_chat(natter) for _ in range(3)]
    left, open_ = [await _temporary_chat(natter) for _ in range(2)]
    for chat in (left, open_):
        await natter.ask(chat)
    for chat in (deleted, fresh):
        await act(natter, chat, "delete")
    await natter.db.execute(
        """
        UPDATE chats SET active_at = active_at - make_interval(days => days),
            deleted_at = deleted_at - make_interval(days => days)
        FROM unnest($1::bigint[], $2::integer[]) AS ages (id, days) WHERE chats.id = ages.id
        """,
        [kept, deleted, fresh, left],
        [400, 31, 29, 2],
    )
    async with open_pool(database_url, size=1) as pool:
        assert await Expiry(pool, Lifetimes(60, 60)).purge_chats() == 2
        assert await Expiry(pool, Lifetimes(60, 60)).purge_chats() == 0
    rows = await natter.db.fetch("SELECT id FROM chats ORDER BY id")
    assert [row["id"] for row in rows] == sorted([kept, fresh, open_])
    assert await natter.db.fetchval("SELECT count(DISTINCT chat_id) FROM messages") == 3


async def test_what_is_used_or_restored_while_others_are_purged_is_kept(natter: Natter) -> None:
    left, deleted = await _temporary_chat(natter), await asked_chat(natter)
    await act(natter, deleted, "delete")
    await natter.db.execute(
        "UPDATE chats SET created_at = created_at - interval '2 days',"
        " deleted_at = deleted_at - interval '31 days'"
    )
    expired = await list_expired(natter.db, limit=10)
    assert [chat.id for chat in expired] == [left, deleted]
    await natter.ask(left)
    for name in ("restore", "delete", "restore"):
        await act(natter, deleted, name)
        for chat in expired:
            await purge(natter.db, chat)
    assert await natter.db.fetchval("SELECT count(*) FROM chats") == 2


def _refused(answers: list[httpx2.Response]) -> httpx2.Response:
    return next(answer for answer in answers if answer.status_code == 409)


async def _temporary_chat(natter: Natter) -> int:
    created = await natter.web.client.post("/chat/", data={"temporary": "1"})
    return chat_in(created.headers["location"])


async def _somebody_waits(natter: Natter) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    return bool(await natter.db.fetchval(waiting))


def _main(html: str) -> str:
    return html[html.index("<main") :]
