"""A backup is taken under load; it is restored where all is lost, and over what is there."""

import asyncio
import hashlib
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from random import Random
from typing import Final, override

import pytest

from tests.compose.engine import LONGEST_SECONDS, CommandError, run
from tests.compose.figures import Figures
from tests.compose.load import REQUEST_SECONDS, Load, until_connected
from tests.compose.project import FILE, SCRIPTS, Project
from tests.compose.psql_store import PsqlStore, query
from tests.support.chatting.answer_audit import Asked, Findings, audit_answers
from tests.support.waiting import until

CHATS: Final = 8
BEFORE: Final = 2 * CHATS
SETTLE_SECONDS: Final = 120.0
UNENDED: Final = "SELECT count(*) FROM messages WHERE status IN ('queued', 'waiting')"
TEXTS: Final = "SELECT string_agg(id || status || content, '|' ORDER BY id) FROM messages"


@dataclass(slots=True)
class Layered(Project):
    """A project with a file of one's own behind `compose.yaml`."""

    files: list[Path] = field(default_factory=list)

    @override
    def environment(self) -> dict[str, str]:
        files = ":".join(map(str, (FILE, *self.files)))
        return {**Project.environment(self), "COMPOSE_FILE": files}


@pytest.fixture
def own_stack(stack: Project, tmp_path: Path) -> Iterator[Layered]:
    """A stack that a test may destroy, of the images that all use."""
    project = Layered(tmp_path / "own", tag=stack.tag)
    try:
        project.up()
        project.set_up()
        yield project
    finally:
        project.down()
    assert project.leftovers() == []


@asynccontextmanager
async def talking(project: Project) -> AsyncIterator[Load]:
    """Chats that are asked while the body runs, until it cancels that; their pages stay open."""
    async with (
        project.http(REQUEST_SECONDS) as http,
        asyncio.TaskGroup() as tasks,
    ):
        load = Load(http, PsqlStore(project), Random(7), tasks)  # noqa: S311 - the order of questions
        try:
            await load.open(CHATS)
            yield load
        finally:
            for task in load.reading:
                task.cancel()


async def back_up_under_load(project: Project, load: Load, folder: Path) -> Path:
    """Take a backup while answers grow, and stop asking as soon as it is there."""
    asking = [
        load.tasks.create_task(load.keep_asking(chat, page))
        for chat, page in zip(load.chats, load.pages, strict=True)
    ]
    await load.more(BEFORE)
    await load.until_writing(CHATS // 2)
    backup = await asyncio.to_thread(back_up, project, folder)
    for task in asking:
        task.cancel()
    return backup


def back_up(project: Project, folder: Path) -> Path:
    return Path(project.script("backup.sh", str(folder)).strip())


def restore(project: Project, *arguments: str) -> None:
    project.script("restore.sh", *arguments)


async def audit_restored(project: Project, load: Load) -> tuple[list[Asked], Findings]:
    """Wait until every answer of the backup has ended; hold them against what was expected."""

    async def have_ended() -> bool:
        return await asyncio.to_thread(query, project, UNENDED) == "0"

    await until(have_ended, seconds=SETTLE_SECONDS)
    await until_connected(load.pages)
    await load.store.read()
    there = {stored.id for chat in load.chats for stored in await chat.stored()}
    asked = [each for each in load.asked if each.answer in there]
    findings = await audit_answers(asked, load.pages)
    if len(there) != 2 * len(asked):
        findings.faults.append(f"{len(there)} messages of {len(asked)} questions")
    return asked, findings


async def test_a_backup_under_load_survives_the_loss_of_everything(
    own_stack: Layered, figures: Figures, tmp_path: Path
) -> None:
    async with talking(own_stack) as load:
        backup = await back_up_under_load(own_stack, load, tmp_path / "backups")
        await asyncio.to_thread(own_stack.down)
        await asyncio.to_thread(restore, own_stack, str(backup))
        asked, findings = await audit_restored(own_stack, load)
        assert len(asked) >= BEFORE
        later = [load.tasks.create_task(_ask_once(load, number)) for number in range(CHATS)]
        await asyncio.wait(later)
        refreshes = sum(page.reloads for page in load.pages)
    figures.note(
        "backed up, destroyed, restored",
        f"answers {len(asked)}, faults {len(findings.faults)}, refreshes {refreshes}",
    )
    findings.check()
    assert refreshes >= CHATS, "a page that was open has not loaded itself again"


async def _ask_once(load: Load, number: int) -> None:
    chat = load.chats[number]
    answer = await chat.send("/echo restored")

    async def is_answered() -> bool:
        await load.store.read()
        stored = await chat.message(answer)
        return (stored.status, stored.content) == ("complete", "restored")

    await until(is_answered, seconds=SETTLE_SECONDS)


async def test_a_backup_is_restored_over_what_is_there_and_all_replicas_come_back(
    own_stack: Layered, tmp_path: Path
) -> None:
    await asyncio.to_thread(own_stack.scale, ai=2)
    async with talking(own_stack) as load:
        backup = await back_up_under_load(own_stack, load, tmp_path)
        with pytest.raises(CommandError, match="messages here already"):
            await asyncio.to_thread(restore, own_stack, str(backup))
        await asyncio.to_thread(restore, own_stack, "--replace", str(backup))
        _, findings = await audit_restored(own_stack, load)
    findings.check()
    assert len(own_stack.containers("ai")) == 2


async def test_a_new_major_version_of_postgresql_takes_a_backup_over(
    own_stack: Layered, tmp_path: Path
) -> None:
    """Its data lies in a folder of its own within the same volume, which is empty at first."""
    async with talking(own_stack) as load:
        await asyncio.gather(*(_ask_once(load, number) for number in range(CHATS)))
    texts = await asyncio.to_thread(query, own_stack, TEXTS)
    await asyncio.to_thread(own_stack.compose, "stop", "web", "realtime", "ai")
    backup = await asyncio.to_thread(back_up, own_stack, tmp_path)
    newer = tmp_path / "newer.yaml"
    newer.write_text(
        "services: {postgres: {environment: {PGDATA: /var/lib/postgresql/next/docker}}}\n"
    )
    own_stack.files.append(newer)
    await asyncio.to_thread(restore, own_stack, str(backup))
    assert await asyncio.to_thread(query, own_stack, "SHOW data_directory") == (
        "/var/lib/postgresql/next/docker"
    )
    assert await asyncio.to_thread(query, own_stack, TEXTS) == texts


def test_what_is_no_whole_backup_is_refused_and_nothing_is_changed(
    own_stack: Layered, tmp_path: Path
) -> None:
    backup = back_up(own_stack, tmp_path / "backups")
    assert {path.stat().st_mode & 0o777 for path in (backup, *backup.iterdir())} == {0o700, 0o600}
    before = own_stack.containers("web")
    dump = backup / "database.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1])
    with pytest.raises(CommandError, match="damaged"):
        restore(own_stack, "--replace", str(backup))
    dump.unlink()
    with pytest.raises(CommandError, match="damaged"):
        restore(own_stack, "--replace", str(backup))
    with pytest.raises(CommandError, match="no backup"):
        restore(own_stack, "--replace", str(tmp_path))
    dump.write_bytes(b"something else")
    _sign(backup)
    with pytest.raises(CommandError, match="nothing was changed"):
        restore(own_stack, "--replace", str(backup))
    dump.write_bytes(whole)
    (backup / "bus.tar").write_bytes(b"something else")
    _sign(backup)
    with pytest.raises(CommandError, match="nothing was changed"):
        restore(own_stack, "--replace", str(backup))
    assert own_stack.containers("web") == before


def test_a_backup_without_its_database_is_refused(stack: Project, tmp_path: Path) -> None:
    backup = back_up(stack, tmp_path)
    (backup / "database.dump").unlink()
    _sign(backup)
    with pytest.raises(CommandError, match="has no checksum of database"):
        restore(stack, "--replace", str(backup))


def _sign(backup: Path) -> None:
    files = sorted(path for path in backup.iterdir() if path.name != "SHA256SUMS")
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    lines = (f"{found}  {name}\n" for name, found in sums.items())
    (backup / "SHA256SUMS").write_text("".join(lines))


def test_a_restore_that_is_ended_before_it_changes_anything_starts_natter_again(
    own_stack: Layered, tmp_path: Path
) -> None:
    backup = back_up(own_stack, tmp_path)
    before = sorted(own_stack.containers())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        status, said = _restore_until_it_stops(own_stack, backup, number)
        assert (status, said.splitlines()[-1]) == (
            130,
            "This was not finished; nothing was changed.",
        )
        assert sorted(own_stack.containers()) == before


def _restore_until_it_stops(
    project: Project, backup: Path, number: signal.Signals
) -> tuple[int, str]:
    with subprocess.Popen(
        ("/bin/sh", str(SCRIPTS / "restore.sh"), "--replace", str(backup)),
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as restoring:
        assert restoring.stdout is not None
        begun = takewhile(lambda line: not line.startswith("Stopping"), restoring.stdout)
        said = "".join(begun)
        restoring.send_signal(number)
        said += restoring.stdout.read()
    return restoring.returncode, said


def test_a_folder_is_the_callers_whatever_cdpath_says(stack: Project, tmp_path: Path) -> None:
    for folder in ("here/backups", "elsewhere/backups"):
        (tmp_path / folder).mkdir(parents=True)
    environment = {**stack.environment(), "CDPATH": str(tmp_path / "elsewhere")}
    script = ("sh", str(SCRIPTS / "backup.sh"), "backups")
    done = run(*script, env=environment, folder=tmp_path / "here", seconds=LONGEST_SECONDS)
    assert Path(done.strip()).parent == tmp_path / "here" / "backups"


def test_a_folder_that_cannot_be_written_to_is_told(stack: Project, tmp_path: Path) -> None:
    """Nobody may make a folder in `/proc`, the user root neither."""
    for folder in ("/proc", "/proc/backups", str(tmp_path / "file")):
        (tmp_path / "file").touch()
        with pytest.raises(CommandError, match="There can be no backup in"):
            stack.script("backup.sh", folder)
    with pytest.raises(CommandError, match="usage"):
        stack.script("backup.sh", "")


@pytest.mark.parametrize(("files", "told"), [(4, "manifest"), (5, "SHA256SUMS")])
def test_a_disk_that_is_full_at_the_end_is_told(
    stack: Project, tmp_path: Path, files: int, told: str
) -> None:
    """A file system that may have so many files, its own folder and the backup's among them."""
    mount = f"mount -t tmpfs -o nr_inodes={files} none '{tmp_path}'"
    own = ("unshare", "--map-root-user", "--mount", "sh", "-c")
    try:
        run(*own, "true")
    except (CommandError, FileNotFoundError) as error:
        pytest.skip(f"this system gives no mount namespace of one's own: {error}")
    script = f"{mount} && exec sh '{SCRIPTS / 'backup.sh'}' '{tmp_path}'"
    with pytest.raises(CommandError, match=f"{told} could not be written"):
        run(*own, script, env=stack.environment(), seconds=LONGEST_SECONDS)


def test_half_a_backup_is_left_nowhere(own_stack: Layered, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    # A file may have no more than 8 blocks: a full disk.
    limited = f"ulimit -f 8; exec sh '{SCRIPTS / 'backup.sh'}' '{folder}'"
    with pytest.raises(CommandError, match="could not be written"):
        run("sh", "-c", limited, env=own_stack.environment(), seconds=LONGEST_SECONDS)
    assert list(folder.iterdir()) == []
    own_stack.compose("stop", "postgres")
    with pytest.raises(CommandError, match="postgres does not run"):
        back_up(own_stack, folder)
    assert list(folder.iterdir()) == []
