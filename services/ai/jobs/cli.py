"""`natter-jobs`: look at the jobs that no worker could do, and have them done again or dropped.

Run it as `natter-jobs` or as `python -m services.ai.jobs.cli`.
"""

import argparse
import asyncio
import io
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final

import nats.errors
from pydantic import ValidationError

from services.ai.jobs.parking import (
    NotParkedError,
    ParkedJob,
    drop,
    list_parked,
    read_parked,
    retry,
)
from services.shared.bus.command_settings import OperatorSettings
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import PublishError
from services.shared.process.logging import configure_logging
from services.shared.process.setting_files import SettingFileError
from services.shared.process.terminal import printable

CONNECT_SECONDS: Final = 5.0
FAILED: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130
LARGEST_NUMBER: Final = 2**63 - 1
LONGEST_NUMBER: Final = len(str(LARGEST_NUMBER))
NOTHING_PARKED: Final = "no job is parked"

NO_ADDRESS: Final = (
    "NATS_URL is not set, and no `make run` wrote operator.env in .natter or NATTER_DATA_DIR"
)
SILENT: Final = "no answer from NATS: is the stack running?"
WRONG_ADDRESS: Final = "NATS_URL is no address such as nats://user:password@127.0.0.1:4222"

type Command = Callable[[Bus, argparse.Namespace], Awaitable[None]]
type AddParser = Callable[..., argparse.ArgumentParser]


class CommandError(Exception):
    """Why a command ended early, in words for a person, and the exit status that says so."""

    def __init__(self, text: str, status: int = FAILED) -> None:
        super().__init__(text)
        self.status = status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 where it failed, or 2 where it was refused."""
    configure_logging("error", "console")
    _prepare_output()
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_run(options.run, options))
    except CommandError as error:
        _remark(str(error))
        return error.status
    except BrokenPipeError:
        # Nobody reads any more: Python's own flush is to find no fault with that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="natter-jobs", description="The jobs of the ai service that no worker could do."
    )
    add_parser = parser.add_subparsers(required=True, metavar="command").add_parser
    _add(add_parser, "list", "show what is parked, oldest first", _list)
    show = _add(add_parser, "show", "write the JSON of a parked job", _show)
    show.add_argument("number", type=_number, metavar="SEQ", help="its number, from `list`")
    again = _add(add_parser, "retry", "give parked jobs to the workers again", _retry)
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every one that is there")
    which.add_argument("numbers", type=_number, nargs="*", metavar="SEQ", default=[])
    away = _add(add_parser, "drop", "throw parked jobs away", _drop)
    away.add_argument("numbers", type=_number, nargs="+", metavar="SEQ")
    return parser


def _add(add_parser: AddParser, name: str, text: str, run: Command) -> argparse.ArgumentParser:
    parser = add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _number(text: str) -> int:
    if text.isdecimal() and len(text) <= LONGEST_NUMBER and 1 <= int(text) <= LARGEST_NUMBER:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no job's number; `natter-jobs list` shows them")


async def _run(command: Command, options: argparse.Namespace) -> None:
    async with AsyncExitStack() as stack:
        bus = await _connect(stack, _find_address())
        try:
            await command(bus, options)
        except PublishError as error:
            raise CommandError(f"{error}: does NATS answer, and may this user do that?") from error


async def _connect(stack: AsyncExitStack, url: str) -> Bus:
    """Connect once, until `stack` is left; raise `CommandError` where that fails."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            opening = open_bus(url, name="natter-jobs", patient=False)
            return await stack.enter_async_context(opening)
    except TimeoutError as error:
        raise CommandError(SILENT) from error
    except PublishError as error:
        raise CommandError(str(error)) from error
    except (nats.errors.Error, ValueError) as error:  # whose text may hold the password
        raise CommandError(WRONG_ADDRESS, REFUSED) from error


async def _list(bus: Bus, _options: argparse.Namespace) -> None:
    parked = await list_parked(bus)
    for job in parked:
        _say(printable(_line(job)))
    if not parked:
        _remark(NOTHING_PARKED)


async def _show(bus: Bus, options: argparse.Namespace) -> None:
    _say(_readable((await _read(bus, options.number)).payload))


async def _retry(bus: Bus, options: argparse.Namespace) -> None:
    numbers = options.numbers
    if options.all:
        numbers = [job.sequence for job in await list_parked(bus)]
        if not numbers:
            _remark(NOTHING_PARKED)
    await _each(numbers, lambda number: retry(bus, number), "given to the workers again")


async def _drop(bus: Bus, options: argparse.Namespace) -> None:
    await _each(options.numbers, lambda number: drop(bus, number), "dropped")


async def _each(
    numbers: Sequence[int], change: Callable[[int], Awaitable[None]], done: str
) -> None:
    missing = 0
    for number in numbers:
        try:
            await change(number)
        except NotParkedError:
            missing += 1
            _remark(_unknown(number))
        else:
            _say(f"{number} {done}")
    if missing:
        raise CommandError(f"{missing} of {len(numbers)} were not there")


async def _read(bus: Bus, number: int) -> ParkedJob:
    try:
        return await read_parked(bus, number)
    except NotParkedError as error:
        raise CommandError(_unknown(number)) from error


def _unknown(number: int) -> str:
    return f"no job is parked under number {number}"


def _line(job: ParkedJob) -> str:
    size = len(job.payload)
    return (
        f"{job.sequence}  {job.parked_at}  {job.subject}  {size} B"
        f"  delivered {job.deliveries} times  {job.reason}"
    )


def _readable(payload: bytes) -> str:
    """Return JSON indented, and anything else as a Python literal, harmless to a terminal."""
    try:
        text = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return repr(payload)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def _find_address() -> str:
    try:
        return OperatorSettings.load().nats_url.get_secret_value()
    except SettingFileError as error:
        raise CommandError(str(error), REFUSED) from error
    except ValidationError as error:
        raise CommandError(NO_ADDRESS, REFUSED) from error


def _prepare_output() -> None:
    """Let a terminal of any encoding show what it can, and the rest as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _say(line: str) -> None:
    print(line, flush=True)


def _remark(text: str) -> None:
    print(f"natter-jobs: {printable(text)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
