"""A backup is taken while answers stream and restored later: nothing of it is lost or doubled."""

import asyncio
from pathlib import Path

from services.web.db.pool import Pool
from tests.faults.backups import Backup
from tests.faults.endpoints import base_url
from tests.faults.natter import Natter
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker
from tests.support.chatting.chat import Chat
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.waiting import until

CHATS = 6
ROUNDS = 4
UNENDED = "SELECT count(*) FROM messages WHERE status IN ('queued', 'waiting')"
ALL = "SELECT count(*) FROM messages"


async def test_a_backup_under_load_loses_nothing_and_doubles_nothing(
    natter: Natter,
    endpoint: ServiceProcess,
    oracle: ModelServer,
    database_url: str,
    tmp_path: Path,
) -> None:
    chats = [await natter.chat() for _ in range(CHATS)]
    asker = Asker(oracle, natter.random)
    backup = Backup(natter, database_url, tmp_path / "bus.tar", tmp_path / "database.dump")
    open_in_dumps = 0
    async with (
        natter.working(base_url(endpoint), 2) as workers,
        natter.reading(*chats) as pages,
    ):
        for _ in range(ROUNDS):
            await _ask_over_a_backup(backup, asker, chats)
            await backup.restore([natter.web, natter.gateway, *workers])
            open_in_dumps += await _count(natter.database, UNENDED)
            await _forget_what_is_lost(asker)
            await asker.until_ended()
        findings = await audit_answers(asker.asked, pages)
        stored = await _count(natter.database, ALL)
        show(
            f"backups under load, restored {ROUNDS} times: answers {len(asker.asked)}, unended in"
            f" the dumps {open_in_dumps}, faults {len(findings.faults)}, pages loaded again"
            f" {findings.reloads}"
        )
        assert open_in_dumps > 0, "no answer was being written"
        assert stored == 2 * len(asker.asked)
        assert findings.reloads >= CHATS * ROUNDS
        findings.check()


async def _ask_over_a_backup(backup: Backup, asker: Asker, chats: list[Chat]) -> None:
    """Ask in all chats before, during and after a backup is taken."""
    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(asker.keep_asking(chat)) for chat in chats]
        await _more(asker, CHATS + asker.random.randrange(CHATS))
        await backup.take()
        await _more(asker, CHATS)
        for task in asking:
            task.cancel()


async def _more(asker: Asker, count: int) -> None:
    target = len(asker.asked) + count

    async def have_been_asked() -> bool:
        return len(asker.asked) >= target

    await until(have_been_asked, seconds=60)


async def _forget_what_is_lost(asker: Asker) -> None:
    """What was asked since the backup is gone, and its numbers are given away again."""
    for asked in list(asker.asked):
        if asked.answer not in {stored.id for stored in await asked.chat.stored()}:
            asker.asked.remove(asked)


async def _count(database: Pool, query: str) -> int:
    async with database.acquire() as connection:
        return int(await connection.fetchval(query))
