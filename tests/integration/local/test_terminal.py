"""A terminal that is closed, in each of the ways in which a program can be in it."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # psutil ships no types

from deploy.local.terminal import LOOK_AGAIN_SECONDS
from tests.integration.local.launching import POLITE, ROOT, Launcher, launched, stand_in, wait_until
from tests.integration.local.surroundings import neutral_environment
from tests.support.waiting import DEADLINE_SECONDS

# What becomes of a command that a person calls, and of one with `&`: the leader of the terminal's
# session (tty(4)), and a process group of its own that is not in front.
_THE_REST = "os.execvp(sys.argv[1], sys.argv[1:])"
_LEAD = f"import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {_THE_REST}"
_STAND_BACK = f"import os, sys; os.setpgid(0, 0); {_THE_REST}"
IN_FRONT = (sys.executable, "-c", _LEAD)
BEHIND = (sys.executable, "-c", _STAND_BACK)


class Terminal:
    """A terminal that somebody sits at, and may close."""

    def __init__(self) -> None:
        self._ours, self.theirs = os.openpty()
        self._is_open = True

    def close(self) -> None:
        if self._is_open:
            os.close(self.theirs)
            os.close(self._ours)
        self._is_open = False


@contextmanager
def _at_a_terminal(folder: Path, *command: str) -> Iterator[tuple[Terminal, Launcher]]:
    terminal, output = Terminal(), folder / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            (*IN_FRONT, *command),
            cwd=ROOT,
            stdin=terminal.theirs,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield terminal, Launcher(process, output)
    finally:
        terminal.close()
        process.kill()
        process.wait()


def test_it_ends_with_the_terminal_when_make_leads_the_session(tmp_path: Path) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_text("run:\n\t@exec $(COMMAND)\n")
    command = shlex.join(stand_in(tmp_path, ("one", POLITE))).replace("$", "$$")
    make = ("make", "-f", str(makefile), f"COMMAND={command}")
    with _at_a_terminal(tmp_path, *make) as (terminal, launcher):
        launcher.wait_for("all up")
        terminal.close()
        assert launcher.process.wait(DEADLINE_SECONDS) == -signal.SIGHUP
    assert launcher.text().endswith("one      | bye\nnatter   | Stopped.\n")


def test_in_the_background_it_outlives_the_terminal(tmp_path: Path) -> None:
    command = shlex.join((*BEHIND, *stand_in(tmp_path, ("kept", POLITE))))
    shell = f"{command} & trap '' HUP; wait $!"
    with _at_a_terminal(tmp_path, "/bin/sh", "-c", shell) as (terminal, launcher):
        launcher.wait_for("all up")
        terminal.close()
        _go_on(launcher)
        os.kill(psutil.Process(launcher.process.pid).children()[0].pid, signal.SIGTERM)
        assert launcher.process.wait(DEADLINE_SECONDS) == 0


def test_nohup_has_it_outlive_the_terminal(tmp_path: Path) -> None:
    with launched(tmp_path, ("kept", POLITE), behind=("nohup",)) as launcher:
        launcher.wait_for("all up")
        launcher.process.send_signal(signal.SIGHUP)
        _go_on(launcher)
        assert launcher.end(signal.SIGTERM) == 0


def test_ctrl_c_while_it_is_imported_ends_it_without_a_word(tmp_path: Path) -> None:
    # In the place of a module that the launcher imports.
    (tmp_path / "psutil.py").write_text("print('imported', flush=True)\nwhile True: pass\n")
    with subprocess.Popen(
        (sys.executable, "-m", "deploy.local"),
        cwd=ROOT,
        env={**neutral_environment(), "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"imported\n"
            process.send_signal(signal.SIGINT)
            assert process.stdout.read() == b""
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT


def _go_on(launcher: Launcher) -> None:
    """Fail unless it still looks after what it keeps, once it has had time to notice."""
    time.sleep(2 * LOOK_AGAIN_SECONDS)
    os.kill(launcher.pid_of("kept"), signal.SIGKILL)
    launcher.wait_for("kept was ended by SIGKILL: starting it again.")
    wait_until(lambda: launcher.text().count("kept     | ready") == 2, launcher.text)
    assert "Stopping." not in launcher.text()
