"""`natter-jobs`, run as an operator runs it: in a process of its own, as NATS user `operator`."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.ai.jobs.attempt import DELIVERIES
from services.ai.jobs.parking import REASON, list_parked
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import AI_JOBS, AI_JOBS_CONSUMER
from tests.support.shell import Outcome, Shell
from tests.support.waiting import DEADLINE_SECONDS

SEQUENCES = (1, 2, 3)
NOWHERE = ("nats://127.0.0.1:1", "nats://operator:nsecret@127.0.0.1:99999", "nats://[", "none", "")
MISTAKES = ("", "burn", "show", "show 1 2", "retry", "retry --all 1", "drop", "--burn", "list x")
NO_NUMBERS = ("x", "0", "", "1.5", "1_0", "²", "9" * 19, "9" * 5000, "\x1b[2J", "7 8")


@pytest.fixture
def jobs(tmp_path: Path) -> Shell:
    """The command."""
    return Shell(tmp_path, (sys.executable, "-m", "services.ai.jobs.cli"))


@pytest.fixture
def url(nats_server: NatsServer) -> str:
    """The operator's address."""
    return nats_server.url("operator")


@pytest_asyncio.fixture
async def parked(ai_bus: Bus) -> None:
    """Three parked jobs, for messages 1 to 3."""
    for number in SEQUENCES:
        payload = json.dumps({"message_id": number, "text": "漢字 \u202e\x1b[31m"}).encode()
        headers = {REASON: f"reason \x1b[31m{number}", DELIVERIES: "6"}
        await ai_bus.jetstream.publish(f"ai.parked.{number}", payload, headers=headers)


async def queued(bus: Bus) -> list[str]:
    """The subjects of the jobs that workers would be given."""
    subscription = await bus.jetstream.pull_subscribe_bind(AI_JOBS_CONSUMER, stream=AI_JOBS)
    waiting = (await subscription.consumer_info()).num_pending or 0
    messages = await subscription.fetch(waiting, timeout=DEADLINE_SECONDS) if waiting else []
    return [message.subject for message in messages]


async def test_that_nothing_is_parked_is_said_beside_the_output(
    jobs: Shell, url: str, web_bus: Bus
) -> None:
    nothing = Outcome(0, "", "natter-jobs: no job is parked\n")
    assert await jobs.run("list", url=url) == nothing
    assert await jobs.run("retry", "--all", url=url) == nothing
    assert await list_parked(web_bus) == []


@pytest.mark.usefixtures("parked")
async def test_parked_jobs_are_listed_a_line_each(jobs: Shell, url: str) -> None:
    shown = await jobs.run("list", url=url)
    lines = shown.output.splitlines()

    assert (shown.status, shown.errors, len(lines)) == (0, "", 3)
    for number, line in zip(SEQUENCES, lines, strict=True):
        assert line.startswith(f"{number}  20")
        assert line.endswith(rf"ai.jobs.{number}  58 B  delivered 6 times  reason \x1b[31m{number}")


@pytest.mark.usefixtures("parked")
async def test_a_job_is_shown_as_json_that_steers_no_terminal(jobs: Shell, url: str) -> None:
    shown = await jobs.run("show", "2", url=url)

    assert (shown.status, shown.errors) == (0, "")
    assert json.loads(shown.output) == {"message_id": 2, "text": "漢字 \u202e\x1b[31m"}
    assert all(char.isprintable() or char == "\n" for char in shown.output)
    assert "漢字" in shown.output


@pytest.mark.parametrize("payload", [b"\x1b[31m\xff", b"", b"[" * 100_000, b"1" * 5000])
async def test_a_job_that_is_no_json_is_shown_as_bytes(
    jobs: Shell, url: str, ai_bus: Bus, payload: bytes
) -> None:
    await ai_bus.jetstream.publish("ai.parked.1", payload)
    assert await jobs.run("show", "1", url=url) == Outcome(0, f"{payload!r}\n", "")


@pytest.mark.usefixtures("parked")
async def test_jobs_are_given_to_the_workers_again(
    jobs: Shell, url: str, web_bus: Bus, ai_bus: Bus
) -> None:
    some = await jobs.run("retry", "3", "1", url=url)

    assert some == Outcome(0, "3 given to the workers again\n1 given to the workers again\n", "")
    assert [job.sequence for job in await list_parked(web_bus)] == [2]
    assert await queued(ai_bus) == ["ai.jobs.3", "ai.jobs.1"]


@pytest.mark.usefixtures("parked")
async def test_all_jobs_are_given_to_the_workers_again(
    jobs: Shell, url: str, web_bus: Bus, ai_bus: Bus
) -> None:
    assert (await jobs.run("retry", "--all", url=url)).status == 0
    assert await list_parked(web_bus) == []
    assert await queued(ai_bus) == ["ai.jobs.1", "ai.jobs.2", "ai.jobs.3"]


@pytest.mark.usefixtures("parked")
async def test_jobs_are_dropped_and_those_that_are_not_there_are_named(
    jobs: Shell, url: str, web_bus: Bus, ai_bus: Bus
) -> None:
    dropped = await jobs.run("drop", "1", "9", "3", url=url)

    assert dropped == Outcome(
        1,
        "1 dropped\n3 dropped\n",
        "natter-jobs: no job is parked under number 9\nnatter-jobs: 1 of 3 were not there\n",
    )
    assert [job.sequence for job in await list_parked(web_bus)] == [2]
    assert await queued(ai_bus) == []


@pytest.mark.usefixtures("parked")
async def test_the_address_that_a_running_stack_wrote_down_is_found(jobs: Shell, url: str) -> None:
    notes = jobs.folder / ".natter"
    notes.mkdir()
    (notes / "operator.env").write_text(f"NATS_URL={url}\n")
    shown = await jobs.run("list", url=None)
    assert (shown.status, len(shown.output.splitlines())) == (0, 3)


async def test_without_an_address_the_command_says_so(jobs: Shell) -> None:
    refused = await jobs.run("list", url=None)
    assert (refused.status, refused.output) == (2, "")
    assert refused.errors.startswith("natter-jobs: NATS_URL is not set")
    assert refused.errors.count("\n") == 1


async def test_without_a_server_the_command_says_so(jobs: Shell) -> None:
    async def check(url: str) -> None:
        failed = await jobs.run("list", url=url)
        assert failed.status in {1, 2}
        assert failed.output == ""
        assert failed.errors.startswith("natter-jobs: ")
        assert failed.errors.count("\n") == 1
        assert "secret" not in failed.errors

    async with asyncio.TaskGroup() as tasks:
        for url in NOWHERE:
            tasks.create_task(check(url))


async def test_a_user_that_may_not_is_told_so(
    jobs: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    failed = await jobs.run("list", url=nats_server.url("publisher"))
    assert (failed.status, failed.output) == (1, "")
    assert failed.errors.startswith("natter-jobs: ")
    assert failed.errors.count("\n") == 1
    assert await list_parked(web_bus) == []


async def test_what_it_was_not_told_well_shows_the_usage(jobs: Shell) -> None:
    async def check(arguments: str) -> None:
        refused = await jobs.run(*arguments.split(), url="nats://127.0.0.1:1")
        assert refused.status == 2, arguments
        assert refused.errors.startswith("usage: natter-jobs")

    async with asyncio.TaskGroup() as tasks:
        for arguments in MISTAKES:
            tasks.create_task(check(arguments))


@pytest.mark.parametrize("command", ["show", "retry", "drop"])
async def test_what_is_no_number_is_named_in_words(jobs: Shell, command: str) -> None:
    async def check(number: str) -> None:
        refused = await jobs.run(command, number, url="nats://127.0.0.1:1")
        usage, error = refused.errors.rstrip().split("\n")
        assert (refused.status, usage.split()[:3]) == (2, ["usage:", "natter-jobs", command])
        assert f"{number!r} is no job's number; `natter-jobs list` shows them" in error
        assert "_number" not in error

    async with asyncio.TaskGroup() as tasks:
        for number in NO_NUMBERS:
            tasks.create_task(check(number))
