"""The commands of accounts: their arguments."""

import argparse
import asyncio
from functools import partial
from importlib import import_module
from typing import Final

from services.shared.process.command_line import AddParser, add_command, whole_number

MOST_DAYS: Final = 365


def add_commands(add_parser: AddParser) -> None:
    """Add the commands of accounts."""
    create = _add(add_parser, "create-account", "make an account")
    create.add_argument("name", help="by which the person signs in")
    create.add_argument("--admin", action="store_true", help="the account of an administrator")
    reset = _add(add_parser, "reset-password", "set a password")
    reset.add_argument("name", help="by which the person signs in")
    for parser in (create, reset):
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
    invite = _add(add_parser, "invite", "write a link that lets one person in")
    invite.add_argument("--days", type=_days, default=7, help="how long it is good (7)")
    invite.add_argument("--address", help="of the server, such as https://chat.example.org")
    disable = _add(add_parser, "disable-account", "keep a person out")
    disable.add_argument("name", help="by which the person signs in")
    enable = _add(add_parser, "enable-account", "let a person in again")
    enable.add_argument("name", help="by which the person signs in")
    text = "tell whether the first administrator's account can still be made: open or done"
    _add(add_parser, "setup-status", text)


def _add(add_parser: AddParser, name: str, text: str) -> argparse.ArgumentParser:
    return add_command(add_parser, name, text, partial(_run, name.replace("-", "_")))


def _run(function: str, options: argparse.Namespace) -> None:
    # What talks to the database takes a while to import, and other commands of `natter` do not.
    commands = import_module("services.web.accounts.cli.commands")
    asyncio.run(getattr(commands, function)(options))


def _days(text: str) -> int:
    number = whole_number(text, least=1, most=MOST_DAYS)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_DAYS}")
    return number
