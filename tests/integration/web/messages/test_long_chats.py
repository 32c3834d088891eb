"""Chats of many messages: each step of a path is one look into an index."""

import re

import pytest

from services.shared.bus.connection import Bus
from services.web.answers.jobs import JOB_TURNS
from services.web.answers.queries import FIND_OPENING, LIST_EARLIER_TEXTS
from services.web.chats.model import ChatKey
from services.web.db.pool import Connection
from services.web.messages.queries import (
    DESELECT_RIVALS,
    FIND_MESSAGE,
    LIST_LINE,
    LIST_MESSAGES,
    LIST_SHOWN,
    SELECT_LINE,
    list_line,
    list_messages,
    list_shown,
)
from tests.integration.web.natter import jobs, turns
from tests.integration.web.pages import ask
from tests.support.stack import Web

LENGTH = 300
CHAT = ChatKey(1, 1)
STATEMENTS = {
    "messages": LIST_MESSAGES,
    "message": FIND_MESSAGE,
    "line": LIST_LINE,
    "shown": LIST_SHOWN,
    "deselect": DESELECT_RIVALS,
    "select": SELECT_LINE,
    "said": LIST_EARLIER_TEXTS,
    "opening": FIND_OPENING,
}


async def fill(db: Connection, length: int = LENGTH) -> None:
    await db.execute("INSERT INTO accounts (name) VALUES ('local')")
    await db.execute("INSERT INTO chats (account_id) VALUES (1), (1), (1)")
    for chat in (1, 2, 3):
        first = (chat - 1) * length
        await db.execute(
            "INSERT INTO messages (chat_id, parent_id, role, status, content)"
            " SELECT $1, CASE WHEN n = 1 THEN NULL ELSE n + $2 - 1 END, 'user', 'complete', 'text'"
            " FROM generate_series(1, $3) AS n",
            *(chat, first, length),
        )
    await db.execute("ANALYZE")


async def test_a_path_is_whole_and_in_order(db: Connection) -> None:
    await fill(db)
    expected = list(range(1, LENGTH + 1))
    assert await list_shown(db, CHAT) == expected
    assert await list_line(db, CHAT, LENGTH) == expected
    assert [message.id for message in await list_messages(db, CHAT, expected)] == expected


async def test_no_step_of_a_path_reads_all_messages(db: Connection) -> None:
    await fill(db)
    ids = f"'{{1,{LENGTH}}}'"
    for name, statement in STATEMENTS.items():
        messages = ids if name == "messages" else str(LENGTH)
        sql = statement.replace("$3", messages).replace("$4", "1000")
        sql = re.sub(r"\$[12]", "1", sql)
        plan = [row[0] for row in await db.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}")]
        scans = [line for line in plan if "Seq Scan on messages" in line]
        assert [line for line in scans if "loops=1)" not in line] == [], (name, plan)


@pytest.mark.parametrize("too_many", [0, 1])
async def test_a_job_tells_whether_it_has_room_for_the_whole_chat(
    web: Web, web_bus: Bus, db: Connection, too_many: int
) -> None:
    await fill(db, JOB_TURNS - 1 + too_many)
    await ask(web, 1, "The newest")
    (job,) = await jobs(db, web_bus)
    assert (len(job.turns), turns(job)[-1], job.left_out) == (JOB_TURNS, "The newest", too_many)
