"""The commands of accounts: their arguments."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from services.shared.process.command_line import AddParser, add_command, whole_number
from services.web.accounts.cli import commands

MOST_DAYS: Final = 365

type Command = Callable[[argparse.Namespace], Awaitable[None]]


def add_commands(add_parser: AddParser) -> None:
    """Add the commands of accounts."""
    create = _add(add_parser, "create-account", "make an account", commands.create_account)
    create.add_argument("name", help="by which the person signs in")
    create.add_argument("--admin", action="store_true", help="the account of an administrator")
    reset = _add(add_parser, "reset-password", "set a password", commands.reset_password)
    reset.add_argument("name", help="by which the person signs in")
    for parser in (create, reset):
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
    invite = _add(add_parser, "invite", "write a link that lets one person in", commands.invite)
    invite.add_argument("--days", type=_days, default=7, help="how long it is good (7)")
    invite.add_argument("--address", help="of the server, such as https://chat.example.org")
    disable = _add(add_parser, "disable-account", "keep a person out", commands.disable_account)
    disable.add_argument("name", help="by which the person signs in")
    enable = _add(add_parser, "enable-account", "let a person in again", commands.enable_account)
    enable.add_argument("name", help="by which the person signs in")
    text = "tell whether the first administrator's account can still be made: open or done"
    _add(add_parser, "setup-status", text, commands.setup_status)


def _add(add_parser: AddParser, name: str, text: str, command: Command) -> argparse.ArgumentParser:
    return add_command(add_parser, name, text, partial(_run, command))


def _run(command: Command, options: argparse.Namespace) -> None:
    async def run() -> None:
        await command(options)

    asyncio.run(run())


def _days(text: str) -> int:
    number = whole_number(text, least=1, most=MOST_DAYS)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_DAYS}")
    return number
