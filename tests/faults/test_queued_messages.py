"""Messages sent all at once, while workers die: each is answered once, in its turn."""

import asyncio
from itertools import pairwise

from tests.faults.endpoints import base_url
from tests.faults.killer import Killer
from tests.faults.natter import Natter
from tests.faults.recorded import results_recorded
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker
from tests.support.endpoints import ModelServer
from tests.support.figures import milliseconds, show

CHATS = 10
MESSAGES = 5
KILLS = 8
LONGEST = 600


async def test_messages_sent_at_once_are_answered_in_their_turn(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer
) -> None:
    chats = [await natter.chat() for _ in range(CHATS)]
    asker = Asker(oracle, natter.random)
    async with (
        natter.working(base_url(endpoint), 3, max_deliveries=1000) as workers,
        natter.reading(*chats) as pages,
    ):
        async with asyncio.TaskGroup() as tasks:
            for number in range(MESSAGES):
                for chat in chats:
                    tasks.create_task(asker.ask(chat, f"Please count to {LONGEST - number}"))
        killer = Killer(workers, pages, natter.random)
        while killer.kills < KILLS:
            await killer.kill_one()
        await asker.until_ended()
        findings = await audit_answers(asker.asked, pages)
        for page in pages:
            if any(later < earlier for earlier, later in pairwise(page.growth.order)):
                findings.faults.append(f"chat {page.chat}: answers grew as {page.growth.order}")
        results = [results_recorded(natter.web, asked.answer) for asked in asker.asked]
        stored = [len(await chat.stored()) for chat in chats]
        show(
            f"{CHATS} chats with {MESSAGES} messages at once, workers killed: kills"
            f" {killer.kills}, answers {findings.answers}, results {sum(results)}, faults"
            f" {len(findings.faults)}, text moves again {milliseconds(killer.pauses)}"
        )
        assert stored == [2 * MESSAGES] * CHATS
        assert results == [1] * CHATS * MESSAGES
        findings.check()
