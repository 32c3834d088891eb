"""The `natter` command: its arguments."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from services.realtime.cli.kick import kick
from services.realtime.cli.publish import publish
from services.realtime.cli.tail import tail
from services.shared.bus.position import Cursor, CursorError
from services.shared.bus.subjects import GroupNameError, check_group
from services.shared.process.command_line import (
    AddParser,
    add_command,
    refused,
    run_command,
    whole_number,
)

type Command = Callable[[argparse.Namespace], None]

MOST_LAST: Final = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="natter", description="Publish to open pages, follow a group, close sockets."
    )
    add_commands(parser.add_subparsers(required=True, metavar="command").add_parser)
    return run_command(parser, arguments, lambda options: options.run(options))


def add_commands(add_parser: AddParser) -> None:
    """Add the commands of this service."""
    for add in (_add_publish, _add_tail, _add_kick):
        add(add_parser)


def _run(command: Command, options: argparse.Namespace) -> None:
    _check_places(options)
    command(options)


def _check_places(options: argparse.Namespace) -> None:
    """Parse the group and the cursor of any command; refuse what is neither."""
    try:
        if options.group is not None:
            options.group = check_group(options.group)
        if getattr(options, "since", None) is not None:
            options.since = Cursor.parse(options.since)
    except (GroupNameError, CursorError) as error:
        raise refused(error) from error


def _add_publish(add_parser: AddParser) -> None:
    parser = add_command(
        add_parser, "publish", "change every open page of a group", partial(_run, publish)
    )
    parser.add_argument("group", help="the group's name, such as chat_1")
    parser.add_argument("html", help="one or more <turbo-stream> elements; - reads them from stdin")
    parser.add_argument(
        "--custom-action",
        metavar="NAME",
        action="append",
        default=[],
        dest="custom_actions",
        help="let an action pass that the page itself defines; may be repeated",
    )


def _add_tail(add_parser: AddParser) -> None:
    text = "show what is published to a group, until Ctrl+C"
    parser = add_command(add_parser, "tail", text, partial(_run, tail))
    parser.add_argument("group", help="the group's name, such as chat_1")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--since", metavar="CURSOR", help="begin after this position")
    start.add_argument("--last", metavar="N", type=_few, default=0, help="begin N before now")
    parser.add_argument("--json", action="store_true", help="write JSON, one object a line")


def _add_kick(add_parser: AddParser) -> None:
    text = "close the sockets of a user, of a group, or of both"
    parser = add_command(add_parser, "kick", text, partial(_run, kick))
    parser.add_argument("--user", help="whose sockets, as the tokens name the user")
    parser.add_argument("--group", help="the sockets of which group")
    parser.add_argument(
        "--revoke", action="store_true", help="and refuse the tokens issued until now"
    )


def _few(text: str) -> int:
    number = whole_number(text, least=0, most=MOST_LAST)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to {MOST_LAST}")
    return number
