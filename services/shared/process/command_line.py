"""The base of the command lines: commands, exit statuses, and output to a terminal."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from services.shared.process.logging import configure_logging
from services.shared.process.terminal import printable

FAILED: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130

type AddParser = Callable[..., argparse.ArgumentParser]


class CommandError(Exception):
    """Why a command ended early, in words for a person, and its exit status."""

    def __init__(self, text: str, status: int = FAILED) -> None:
        super().__init__(text)
        self.status = status


def refused(reason: object) -> CommandError:
    """Return the error of a command that was wrong, independently of the bus."""
    return CommandError(f"refused: {reason}", REFUSED)


def run_command(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None,
    run: Callable[[argparse.Namespace], object],
) -> int:
    """Parse `arguments` (None: those of the process), `run` with them, and return the exit status.

    It is 0, or 1 if the command failed, 2 if it was refused, and 130 after Ctrl+C.
    """
    configure_logging("error", "console")
    _escape_unencodable()
    options = parser.parse_args(arguments)
    try:
        run(options)
    except CommandError as error:
        remark(parser.prog, str(error))
        return error.status
    except BrokenPipeError:
        # The reader has gone. Python flushes at exit, which must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def add_command(
    add_parser: AddParser, name: str, text: str, run: Callable[..., Any]
) -> argparse.ArgumentParser:
    """Add a command that is described by `text`; parsed arguments have `run` as an attribute."""
    parser = add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def whole_number(text: str, *, least: int, most: int) -> int | None:
    """Parse an argument of decimal digits; None if it is not a number in this range."""
    if not text.isdecimal() or len(text) > len(str(most)):
        return None
    return int(text) if least <= int(text) <= most else None


def say(line: str) -> None:
    """Write one line of the result to standard output, and flush it for a reader who waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def remark(program: str, text: str) -> None:
    """Write a text that is not part of the result to standard error."""
    sys.stderr.write(f"{program}: {printable(text)}\n")
    sys.stderr.flush()


def _escape_unencodable() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
