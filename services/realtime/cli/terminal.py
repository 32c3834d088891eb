"""What the command line says: results to standard output, everything else to standard error."""

import io
import os
import sys

from services.shared.process.terminal import printable

FAILED = 1
REFUSED = 2


class CommandError(Exception):
    """Why a command ended early, in words for a person, and the exit status that says so."""

    def __init__(self, text: str, status: int = FAILED) -> None:
        super().__init__(text)
        self.status = status


def refused(reason: object) -> CommandError:
    """Say that what was asked for cannot be, whatever the bus may do."""
    return CommandError(f"refused: {reason}", REFUSED)


def prepare() -> None:
    """Let a terminal of any encoding show what it can, and the rest as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(line: str) -> None:
    """Write one line of result, at once: somebody may be watching."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def remark(text: str) -> None:
    """Tell a person what is no part of the result."""
    sys.stderr.write(f"natter: {printable(text)}\n")
    sys.stderr.flush()


def close_output() -> None:
    """Give up an output that nobody reads any more, so that Python's own flush finds no fault."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
