"""`natter-jobs`: list the jobs that no worker could do, and retry or drop them.

Run it as `natter-jobs` or as `python -m services.ai.jobs.cli`.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from services.ai.jobs.parking import (
    NotParkedError,
    ParkedJob,
    drop,
    list_parked,
    read_parked,
    retry,
)
from services.shared.bus.command_line import connected
from services.shared.bus.command_settings import OperatorSettings
from services.shared.bus.connection import Bus
from services.shared.bus.errors import PublishError
from services.shared.process.command_line import (
    CommandError,
    add_command,
    remark,
    run_command,
    say,
    whole_number,
)
from services.shared.process.terminal import printable

PROGRAM: Final = "natter-jobs"
LARGEST_NUMBER: Final = 2**63 - 1
NOTHING_PARKED: Final = "no job is parked"

_remark = partial(remark, PROGRAM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    return run_command(_parser(), arguments, lambda options: asyncio.run(_run(options)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="The jobs of the ai service that no worker could do."
    )
    add_parser = parser.add_subparsers(required=True, metavar="command").add_parser
    add_command(add_parser, "list", "show what is parked, oldest first", _list)
    show = add_command(add_parser, "show", "write the JSON of a parked job", _show)
    show.add_argument("number", type=_number, metavar="SEQ", help="its number, from `list`")
    again = add_command(add_parser, "retry", "give parked jobs to the workers again", _retry)
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every one that is there")
    which.add_argument("numbers", type=_number, nargs="*", metavar="SEQ", default=[])
    away = add_command(add_parser, "drop", "throw parked jobs away", _drop)
    away.add_argument("numbers", type=_number, nargs="+", metavar="SEQ")
    return parser


def _number(text: str) -> int:
    number = whole_number(text, least=1, most=LARGEST_NUMBER)
    if number is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no job's number; `natter-jobs list` shows them"
        )
    return number


async def _run(options: argparse.Namespace) -> None:
    async with connected(OperatorSettings, name=PROGRAM) as bus:
        try:
            await options.run(bus, options)
        except PublishError as error:
            raise CommandError(f"{error}: does NATS answer, and may this user do that?") from error


async def _list(bus: Bus, _options: argparse.Namespace) -> None:
    parked = await list_parked(bus)
    for job in parked:
        say(printable(_line(job)))
    if not parked:
        _remark(NOTHING_PARKED)


async def _show(bus: Bus, options: argparse.Namespace) -> None:
    say(_readable((await _read(bus, options.number)).payload))


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
            say(f"{number} {done}")
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


if __name__ == "__main__":
    sys.exit(main())
