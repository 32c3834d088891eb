"""The list of chats: what is in it, by which day, and page by page."""

import re
from datetime import timedelta

import pytest

from services.web.chats.listing.queries import FIND_LISTED, LIST_NEWEST, LIST_PINNED
from services.web.db.pool import Connection
from tests.integration.web.natter import Natter
from tests.integration.web.pages import chat_in, chat_of_somebody_else, list_path

ROW = re.compile(r'<li id="chat_(\d+)_row"')
GROUP = re.compile(r'<section id="chats-(\w+)".*?</section>', re.DOTALL)
OLDER = re.compile(r'<turbo-frame id="chats-next"[^>]* src="([^"]*)"')


def rows_by_group(html: str) -> dict[str, list[int]]:
    """The chats that a page lists, by the group they stand in; no empty ones."""
    groups = {match[1]: rows(match[0]) for match in GROUP.finditer(html)}
    return {key: chats for key, chats in groups.items() if chats}


def rows(html: str) -> list[int]:
    """The chats that a page lists, in order."""
    return [int(each) for each in ROW.findall(html)]


async def many_chats(db: Connection, account: int, count: int) -> None:
    """Insert chats that were active one second after the other, the last one now."""
    await db.execute(
        """
        INSERT INTO chats (account_id, title, active_at)
        SELECT $1, 'Chat ' || n, now() - make_interval(secs => $2 - n)
        FROM generate_series(1, $2) AS n
        """,
        account,
        count,
    )


async def active(natter: Natter, chat: int, days: float) -> None:
    """Make a chat one that was last active so many days ago."""
    await natter.db.execute(
        "UPDATE chats SET active_at = now() - $2::interval WHERE id = $1",
        chat,
        timedelta(days=days),
    )


async def test_chats_stand_below_the_day_on_which_they_were_active(natter: Natter) -> None:
    days = (0, 1, 5, 20, 90)
    chats = [await natter.new_chat() for _ in days]
    for chat, age in zip(chats, days, strict=True):
        await natter.ask(chat)
        await active(natter, chat, age)
    pinned = await natter.new_chat()
    await natter.ask(pinned)
    await natter.web.client.post(f"/chat/{pinned}/pin/")
    keys = ("today", "yesterday", "week", "month", "older")
    found = rows_by_group(await natter.page(chats[1]))
    assert found == {
        "pinned": [pinned],
        **{key: [chat] for key, chat in zip(keys, chats, strict=True)},
    }


async def test_the_readers_clock_decides_which_day_it_is(natter: Natter) -> None:
    chat = await natter.new_chat()
    await natter.ask(chat)
    await active(natter, chat, 0.5)
    hour = await natter.db.fetchval("SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::integer")
    for local, group in ((13, "today"), (11, "yesterday")):
        # On this clock it is now between `local` o'clock and the hour after.
        minutes = 60 * ((local - hour + 12) % 24 - 12)
        headers = {"cookie": f"utc-offset={minutes}"}
        page = (await natter.web.client.get(list_path(chat), headers=headers)).text
        assert rows_by_group(page) == {group: [chat]}, minutes


@pytest.mark.parametrize("offset", ["", "x", "99999", "841", "-841", "1e3", "\u0661"])
async def test_a_cookie_that_is_no_offset_stands_for_utc(natter: Natter, offset: str) -> None:
    chat = await natter.new_chat()
    await natter.ask(chat)
    headers = {b"cookie": f"utc-offset={offset}".encode()}
    page = await natter.web.client.get(list_path(chat), headers=headers)
    assert rows_by_group(page.text) == {"today": [chat]}


async def test_only_own_chats_with_a_message_are_listed(natter: Natter) -> None:
    listed, empty = await natter.new_chat(), await natter.new_chat()
    temporary = chat_in(
        (await natter.web.client.post("/chat/", data={"temporary": "1"})).headers["location"]
    )
    archived, deleted = await natter.new_chat(), await natter.new_chat()
    for chat in (listed, temporary, archived, deleted):
        await natter.ask(chat)
    for chat, act in ((archived, "archive"), (deleted, "delete")):
        await natter.web.client.post(f"/chat/{chat}/{act}/")
    foreign = await chat_of_somebody_else(natter.db)
    await natter.db.execute("UPDATE chats SET active_at = now() WHERE id = $1", foreign)
    assert rows_by_group(await natter.page(empty)) == {"today": [listed]}
    assert "Private" not in await natter.page(empty)


async def test_the_row_of_the_open_chat_is_marked(natter: Natter) -> None:
    chats = [await natter.new_chat() for _ in range(2)]
    for chat in chats:
        await natter.ask(chat)
    page = await natter.page(chats[0])
    assert re.findall(r'href="([^"]*)" aria-current="page"', page) == [list_path(chats[0])]


async def test_a_long_list_comes_page_by_page_each_chat_once(natter: Natter) -> None:
    chat = await natter.new_chat()
    account = await natter.db.fetchval("SELECT account_id FROM chats WHERE id = $1", chat)
    await many_chats(natter.db, account, 110)
    page = await natter.page(chat)
    seen, sizes = rows(page), [40]
    assert len(seen) == 40
    while match := OLDER.search(page):
        # A chat that becomes active meanwhile moves no other one to another page.
        await natter.db.execute("UPDATE chats SET active_at = now() WHERE id = $1", seen[0])
        headers = {"turbo-frame": "chats-next"}
        page = (await natter.web.client.get(match[1], headers=headers)).text
        assert "<nav" not in page
        seen += rows(page)
        sizes.append(len(rows(page)))
    assert sizes == [40, 40, 30]
    assert seen == sorted(set(seen), reverse=True)


async def test_no_page_of_the_list_reads_all_messages(natter: Natter) -> None:
    chat = await natter.new_chat()
    account = await natter.db.fetchval("SELECT account_id FROM chats WHERE id = $1", chat)
    await many_chats(natter.db, account, 50)
    await natter.db.execute(
        "INSERT INTO messages (chat_id, role, status, content, selected)"
        " SELECT $1, 'user', 'complete', 'text', false FROM generate_series(1, 3000)",
        chat,
    )
    await natter.db.execute("ANALYZE")
    values = {"$1": str(account), "$2": "40"}
    for statement in (FIND_LISTED, LIST_NEWEST, LIST_PINNED):
        sql = re.sub(r"\$[12]", lambda match: values[match[0]], statement)
        plan = "\n".join(row[0] for row in await natter.db.fetch(f"EXPLAIN {sql}"))
        assert "messages_one_queued" in plan
        assert "Seq Scan on messages" not in plan


async def test_without_a_frame_older_chats_are_a_page(natter: Natter) -> None:
    chat = await natter.new_chat()
    account = await natter.db.fetchval("SELECT account_id FROM chats WHERE id = $1", chat)
    await many_chats(natter.db, account, 70)
    match = re.search(r'<a class="chats-next__link" href="([^"]*)"', await natter.page(chat))
    assert match
    page = (await natter.web.client.get(match[1])).text
    main = page[page.index("<main") :]
    assert len(re.findall(r'<li class="page__row">', main)) == 30
    assert "Chat 30</a>" in main
    assert "Chat 31</a>" not in main


async def test_a_list_that_is_read_again_has_as_many_rows_as_are_shown(natter: Natter) -> None:
    chat = await natter.new_chat()
    account = await natter.db.fetchval("SELECT account_id FROM chats WHERE id = $1", chat)
    await many_chats(natter.db, account, 90)
    for asked, count in (("70", 70), ("1", 40), ("9999", 90), ("x", 40), ("-5", 40), ("", 40)):
        url = f"/chat/list/?rows={asked}"
        page = (await natter.web.client.get(url, headers={"turbo-frame": "chats"})).text
        assert len(rows(page)) == count, asked


@pytest.mark.parametrize(
    "place", ["x", "1", "1.", ".1", "1.0", "9" * 40 + ".1", "1.99999999999999999999"]
)
async def test_a_place_that_is_none_stands_for_the_start(natter: Natter, place: str) -> None:
    chat = await natter.new_chat()
    await natter.ask(chat)
    headers = {"turbo-frame": "chats"}
    answer = await natter.web.client.get("/chat/list/", params={"before": place}, headers=headers)
    assert rows(answer.text) == [chat]
