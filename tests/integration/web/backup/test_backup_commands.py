"""The commands of a backup, run as the scripts run them: in a process of their own."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.support.gateways import ROOT
from tests.support.tokens import STREAM_KEYS
from tests.support.waiting import DEADLINE_SECONDS, until


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, what it wrote, and what it said."""

    status: int | None
    output: bytes
    said: str


@dataclass(frozen=True, slots=True)
class Commands:
    """`python -m services.web` with a web's environment."""

    environment: Mapping[str, str]

    async def run(self, *arguments: str, given: bytes = b"", into: Path | None = None) -> Done:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self._run(arguments, given, into)

    async def begin(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.web", *arguments),
            env=self.environment,
            cwd=ROOT,
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
        )

    async def _run(self, arguments: Sequence[str], given: bytes, into: Path | None) -> Done:
        target = await asyncio.to_thread(into.open, "wb") if into else None
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.web", *arguments),
            env=self.environment,
            cwd=ROOT,
            stdin=PIPE,
            stdout=target or PIPE,
            stderr=PIPE,
        )
        output, said = await process.communicate(given)
        if target:
            target.close()
        return Done(process.returncode, output or b"", said.decode())


@pytest.fixture
def commands(database_url: str, nats_server: NatsServer) -> Commands:
    keys = json.dumps([key.get_secret_value() for key in STREAM_KEYS])
    return Commands(
        {
            "DATABASE_URL": database_url,
            "NATS_URL": nats_server.url("web"),
            "NATTER_STREAM_KEYS": keys,
        }
    )


async def messages(bus: Bus) -> dict[str | None, int]:
    return {each.config.name: each.state.messages for each in await bus.jetstream.streams_info()}


async def test_a_snapshot_goes_to_standard_output_alone_and_comes_back(
    commands: Commands, web_bus: Bus
) -> None:
    await web_bus.publish("ai.jobs.1", b"x", "job-1")
    saved = await commands.run("snapshot")
    assert saved.status == 0
    assert "stream_saved" in saved.said
    assert (await commands.run("verify", given=saved.output)).status == 0
    refused = await commands.run("restore", given=saved.output)
    assert (refused.status, refused.said) == (1, "the bus holds messages: AI_JOBS.\n")
    await web_bus.publish("ai.jobs.2", b"x", "job-2")
    assert (await commands.run("restore", "--replace", given=saved.output)).status == 0
    assert (await messages(web_bus))["AI_JOBS"] == 1


async def test_a_full_disk_is_told_in_a_sentence(commands: Commands, web_bus: Bus) -> None:
    await web_bus.publish("ai.jobs.1", b"x", "job-1")
    done = await commands.run("snapshot", into=Path("/dev/full"))
    assert (done.status, done.said.splitlines()[-1]) == (1, "[Errno 28] No space left on device.")
    assert "Traceback" not in done.said


async def test_more_copies_than_a_server_can_keep_end_every_command_and_delete_nothing(
    commands: Commands, web_bus: Bus
) -> None:
    """Web itself ends as well."""
    saved = await commands.run("snapshot")
    await web_bus.publish("ai.jobs.1", b"x", "job-1")
    held = await messages(web_bus)
    three = Commands({**commands.environment, "NATTER_WEB_STREAM_REPLICAS": "3"})
    said = "3 copies of each stream were asked for, and NATS is a single server"
    for done in await asyncio.gather(three.run(), three.run("requeue")):
        assert done.status not in {0, None}
        assert said in done.said + done.output.decode()
        assert "Traceback" not in done.said + done.output.decode()
    done = await three.run("restore", "--replace", given=saved.output)
    assert (done.status, done.said) == (1, f"{said}.\n")
    assert await messages(web_bus) == held


async def test_what_is_no_backup_is_told_in_a_sentence(commands: Commands, web_bus: Bus) -> None:
    before = await messages(web_bus)
    wrong = [commands.run(command, given=b"something else") for command in ("verify", "restore")]
    for done in await asyncio.gather(*wrong):
        assert done.status == 1
        assert done.said == "this is no backup of a bus, or a damaged one.\n"
    assert await messages(web_bus) == before


async def test_a_bus_that_is_away_is_told_in_a_sentence(
    commands: Commands, nats_server: NatsServer
) -> None:
    await asyncio.to_thread(nats_server.child.stop)
    away = [commands.run(command) for command in ("snapshot", "restore", "requeue")]
    for done in await asyncio.gather(*away):
        assert done.status == 1
        assert "no connection to NATS" in done.said.splitlines()[-1]
        assert "Traceback" not in done.said
        assert nats_server.passwords["web"] not in done.said


async def test_a_database_that_is_away_is_told_in_a_sentence(
    commands: Commands, web_bus: Bus
) -> None:
    away = {**commands.environment, "DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/natter"}
    done = await Commands(away).run("requeue")
    assert (done.status, done.said.splitlines()[-1]) == (1, "The database does not answer.")
    assert "Traceback" not in done.said
    assert "secret" not in done.said
    assert await messages(web_bus)


async def test_queues_are_aligned_and_any_other_command_is_refused(
    commands: Commands, web_bus: Bus
) -> None:
    await web_bus.publish("ai.jobs.1", b'{"kind": "answer", "message_id": 1, "run": 1}', "job-1")
    aligned, other = await asyncio.gather(
        commands.run("requeue"), commands.run("restore", "--replacing")
    )
    assert aligned.status == 0
    assert (await messages(web_bus))["AI_JOBS"] == 0
    assert other.status == 1
    assert other.said.startswith("usage: python -m services.web")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_restore_that_is_ended_leaves_no_half_of_it(
    commands: Commands, web_bus: Bus, ai_bus: Bus, number: signal.Signals
) -> None:
    for entry in range(100):
        await ai_bus.publish(f"ai.text.{entry}", bytes(100_000), f"text-{entry}")
    backup = (await commands.run("snapshot")).output
    restoring = await commands.begin("restore", "--replace")
    assert restoring.stdin is not None
    restoring.stdin.write(backup[: len(backup) // 2])
    await restoring.stdin.drain()

    async def has_begun() -> bool:
        return "AI_RESULTS" not in await messages(web_bus)

    await until(has_begun)
    restoring.send_signal(number)
    _, said = await restoring.communicate()
    assert restoring.returncode == 1
    assert said.decode().splitlines()[-1] == "It was ended before it was done."
    assert await messages(web_bus) == {}
