"""`natter-jobs`: in this process, as NATS user `operator`, and once as an operator runs it."""

import json
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.ai.jobs.attempt import DELIVERIES
from services.ai.jobs.cli import main
from services.ai.jobs.parking import REASON, list_parked
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import AI_JOBS, AI_JOBS_CONSUMER
from tests.integration.ai.workers import Workers
from tests.support.in_process import InProcess
from tests.support.shell import Outcome, Shell
from tests.support.waiting import DEADLINE_SECONDS

SEQUENCES = (1, 2, 3)
NOWHERE = ("nats://127.0.0.1:1", "nats://operator:nsecret@127.0.0.1:99999", "nats://[", "none", "")
MISTAKES = ("", "burn", "show", "show 1 2", "retry", "retry --all 1", "drop", "--burn", "list x")
NO_NUMBERS = ("x", "0", "", "1.5", "1_0", "²", "9" * 19, "9" * 5000, "\x1b[2J", "7 8")

pytestmark = pytest.mark.usefixtures("restored_logging")


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """The command."""
    return InProcess(main, tmp_path, monkeypatch)


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


async def test_nothing_parked_is_said_beside_the_output(
    jobs: InProcess, url: str, web_bus: Bus
) -> None:
    nothing = Outcome(0, "", "natter-jobs: no job is parked\n")
    assert await jobs.run("list", url=url) == nothing
    assert await jobs.run("retry", "--all", url=url) == nothing
    assert await list_parked(web_bus) == []


@pytest.mark.usefixtures("parked")
async def test_in_a_process_of_its_own_it_finds_the_address_that_make_run_wrote(
    tmp_path: Path, url: str
) -> None:
    (tmp_path / ".natter").mkdir()
    (tmp_path / ".natter" / "operator.env").write_text(f"NATS_URL={url}\n")
    command = Shell(tmp_path, (sys.executable, "-m", "services.ai.jobs.cli"))
    shown = await command.run("list", url=None)
    lines = shown.output.splitlines()

    assert (shown.status, shown.errors, len(lines)) == (0, "", 3)
    for number, line in zip(SEQUENCES, lines, strict=True):
        assert line.startswith(f"{number}  20")
        assert line.endswith(rf"ai.jobs.{number}  58 B  delivered 6 times  reason \x1b[31m{number}")


@pytest.mark.usefixtures("parked")
async def test_a_job_is_shown_as_json_without_control_characters(jobs: InProcess, url: str) -> None:
    shown = await jobs.run("show", "2", url=url)

    assert (shown.status, shown.errors) == (0, "")
    assert json.loads(shown.output) == {"message_id": 2, "text": "漢字 \u202e\x1b[31m"}
    assert all(char.isprintable() or char == "\n" for char in shown.output)
    assert "漢字" in shown.output


async def test_a_job_that_is_not_json_is_shown_as_bytes(
    jobs: InProcess, url: str, ai_bus: Bus
) -> None:
    payloads = [b"\x1b[31m\xff", b"", b"[" * 100_000, b"1" * 5000]
    for number, payload in enumerate(payloads, start=1):
        await ai_bus.jetstream.publish("ai.parked.1", payload)
        assert await jobs.run("show", str(number), url=url) == Outcome(0, f"{payload!r}\n", "")


@pytest.mark.usefixtures("parked")
async def test_jobs_are_given_to_the_workers_again(
    jobs: InProcess, url: str, web_bus: Bus, ai_bus: Bus
) -> None:
    some = await jobs.run("retry", "3", "1", url=url)
    assert some == Outcome(0, "3 given to the workers again\n1 given to the workers again\n", "")
    assert [job.sequence for job in await list_parked(web_bus)] == [2]

    assert (await jobs.run("retry", "--all", url=url)).status == 0
    assert await list_parked(web_bus) == []
    assert await queued(ai_bus) == ["ai.jobs.3", "ai.jobs.1", "ai.jobs.2"]


@pytest.mark.usefixtures("parked")
async def test_jobs_are_dropped_and_unknown_ones_are_named(
    jobs: InProcess, url: str, web_bus: Bus, ai_bus: Bus
) -> None:
    dropped = await jobs.run("drop", "1", "9", "3", url=url)

    assert dropped == Outcome(
        1,
        "1 dropped\n3 dropped\n",
        "natter-jobs: no job is parked under number 9\nnatter-jobs: 1 of 3 were not there\n",
    )
    assert [job.sequence for job in await list_parked(web_bus)] == [2]
    assert await queued(ai_bus) == []


async def test_without_a_server_that_lets_it_in_the_command_fails_with_one_sentence(
    jobs: InProcess, workers: Workers
) -> None:
    missing = await jobs.run("list", url=None)
    assert missing.status == 2
    assert missing.errors.startswith("natter-jobs: NATS_URL is not set")
    denied = await jobs.run("list", url=workers.nats.url("publisher"))
    assert denied.status == 1
    for failed in (missing, denied, *[await jobs.run("list", url=each) for each in NOWHERE]):
        assert failed.status in {1, 2}
        assert failed.output == ""
        assert failed.errors.startswith("natter-jobs: ")
        assert failed.errors.count("\n") == 1
        assert "secret" not in failed.errors
    assert await list_parked(workers.bus) == []


async def test_wrong_arguments_show_the_usage(jobs: InProcess) -> None:
    for arguments in MISTAKES:
        refused = await jobs.run(*arguments.split(), url="nats://127.0.0.1:1")
        assert refused.status == 2, arguments
        assert refused.errors.startswith("usage: natter-jobs")


async def test_what_is_not_a_number_is_named_in_words(jobs: InProcess) -> None:
    for command in ("show", "retry", "drop"):
        for number in NO_NUMBERS:
            refused = await jobs.run(command, number, url="nats://127.0.0.1:1")
            usage, error = refused.errors.rstrip().split("\n")
            assert (refused.status, usage.split()[:3]) == (2, ["usage:", "natter-jobs", command])
            assert f"{number!r} is no job's number; `natter-jobs list` shows them" in error
            assert "_number" not in error
