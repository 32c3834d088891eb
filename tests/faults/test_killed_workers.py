"""Workers are killed in the middle of answers: others go on with them, and no character is lost."""

from tests.faults.endpoints import base_url
from tests.faults.killer import Killer
from tests.faults.natter import Natter
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker, asking
from tests.support.endpoints import ModelServer
from tests.support.figures import milliseconds, show

KILLS = 50
RESTARTS = 4
# A worker that dies over an answer again and again is the fault here, not the answer.
SETTINGS = {"max_deliveries": 1000}


async def test_fifty_killed_workers_cost_no_character(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer
) -> None:
    chats = [await natter.chat() for _ in range(4)]
    async with (
        natter.working(base_url(endpoint), 3, **SETTINGS) as workers,
        natter.reading(*chats) as pages,
    ):
        killer = Killer(workers, pages, natter.random)
        async with asking(oracle, natter.random, chats) as asker:
            while killer.kills < KILLS:
                await killer.kill_one()
        findings = await audit_answers(asker.asked, pages)
        show(
            f"worker killed at a random token (SIGKILL): kills {killer.kills}, answers"
            f" {findings.answers}, characters {findings.characters}, faults"
            f" {len(findings.faults)}, pages loaded again {findings.reloads}, targets not found"
            f" {findings.not_found}, text moves again {milliseconds(killer.pauses)}"
            " (target 3000 ms)"
        )
        findings.check()


async def test_answers_that_begin_anew_say_so(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer
) -> None:
    chats = [await natter.chat() for _ in range(2)]
    async with (
        natter.working(base_url(endpoint), 3, takeover="restart", **SETTINGS) as workers,
        natter.reading(*chats) as pages,
    ):
        killer = Killer(workers, pages, natter.random)
        asker = Asker(oracle, natter.random)
        begun_anew: set[int] = set()
        for _ in range(RESTARTS):
            for chat in chats:
                await asker.ask(chat, "Please count to 300")
            begun_anew.add(await killer.kill_one() or 0)
            await asker.until_ended()
        findings = await audit_answers(asker.asked, pages)
        for asked in asker.asked:
            stored = await asked.chat.message(asked.answer)
            if asked.answer in begun_anew and not stored.restarted:
                findings.faults.append(f"message {stored.id} does not say that it began anew")
        show(
            f"worker killed, answers begin anew: kills {killer.kills}, answers {findings.answers},"
            f" faults {len(findings.faults)}, targets not found {findings.not_found}, text moves"
            f" again {milliseconds(killer.pauses)} (target 3000 ms)"
        )
        findings.check()
