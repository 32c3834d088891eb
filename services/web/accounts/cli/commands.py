"""What the commands do."""

import argparse
import getpass
import secrets
import signal
import sys
from typing import Final

from services.shared.process.command_line import refused, say
from services.web.accounts.cli.database import AccountSettings, database
from services.web.accounts.invitations.queries import insert_invitation
from services.web.accounts.model import NewAccount
from services.web.accounts.names import NAME_RULE, is_name, normal_name
from services.web.accounts.password_rules import objection
from services.web.accounts.passwords import Passwords
from services.web.accounts.queries import (
    find_credentials,
    has_admin,
    set_disabled,
    set_password,
)
from services.web.accounts.sessions.model import hash_token
from services.web.accounts.sessions.service import end_sessions
from services.web.accounts.signing_up import NotMadeError, make_admin, make_user

DAY_SECONDS: Final = 24 * 60 * 60


async def create_account(options: argparse.Namespace) -> None:
    """Make an account; the first administrator's takes over what the one user had."""
    settings, name = AccountSettings.find(), _name(options.name)
    password = await _new_password(options, name, settings)
    account = NewAccount(name, await Passwords().hash(password))
    async with database(settings) as db:
        try:
            await (make_admin if options.admin else make_user)(db, account)
        except NotMadeError as error:
            raise refused(error.sentence) from error
    say(f"{name} has an account{', and is an administrator' if options.admin else ''}")


async def reset_password(options: argparse.Namespace) -> None:
    """Set another password, and sign the person out everywhere."""
    settings, name = AccountSettings.find(), _name(options.name)
    password = await _new_password(options, name, settings)
    password_hash = await Passwords().hash(password)
    async with database(settings) as db:
        known = await find_credentials(db, name=name)
        if known is None:
            raise refused(f"nobody is named {name}")
        await set_password(db, password_hash, account_id=known.account_id)
        await end_sessions(db, account_id=known.account_id)
    say(f"{name} has a new password, and is signed out everywhere")


async def invite(options: argparse.Namespace) -> None:
    """Make an invitation, and write the link."""
    settings, token = AccountSettings.find(), secrets.token_urlsafe(32)
    async with database(settings) as db:
        await insert_invitation(db, hash_token(token), seconds=options.days * DAY_SECONDS)
    address = (options.address or "").rstrip("/") or settings.base_path.rstrip("/")
    say(f"{address}/sign-up/?invitation={token}")


async def disable_account(options: argparse.Namespace) -> None:
    """Keep a person from signing in, and sign the person out everywhere."""
    name, account_id = await _set_disabled(options, is_disabled=True)
    say(f"{name} (account {account_id}) is disabled, and signed out everywhere")


async def enable_account(options: argparse.Namespace) -> None:
    """Let a person sign in again."""
    name, account_id = await _set_disabled(options, is_disabled=False)
    say(f"{name} (account {account_id}) can sign in again")


async def setup_status(_: argparse.Namespace) -> None:
    """Tell whether the first administrator's account can still be made."""
    async with database(AccountSettings.find()) as db:
        say("done" if await has_admin(db) else "open")


async def _set_disabled(options: argparse.Namespace, *, is_disabled: bool) -> tuple[str, int]:
    name = _name(options.name)
    async with database(AccountSettings.find()) as db:
        account_id = await set_disabled(db, name=name, is_disabled=is_disabled)
        if account_id is None:
            raise refused(f"nobody is named {name}")
        if is_disabled:
            await end_sessions(db, account_id=account_id)
    return name, account_id


def _name(text: str) -> str:
    name = normal_name(text)
    if not is_name(name):
        raise refused(f"a name has {NAME_RULE}")
    return name


async def _new_password(options: argparse.Namespace, name: str, settings: AccountSettings) -> str:
    password = _typed_password(is_piped=options.password_stdin)
    fault = await objection(password, name=name, least_chars=settings.password_min_chars)
    if fault is not None:
        raise refused(fault)
    return password


def _typed_password(*, is_piped: bool) -> str:
    if is_piped:
        return _one_line(sys.stdin.buffer.readline())
    if not sys.stdin.isatty():
        raise refused("nobody can type the password here: use --password-stdin")
    # asyncio's own handler waits for the next `await`, and there is none while somebody types.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        password = getpass.getpass("Password: ")
        again = getpass.getpass("Once more: ")
    except EOFError as error:
        raise refused("no password was typed") from error
    if again != password:
        raise refused("these are two different passwords")
    return password


def _one_line(typed: bytes) -> str:
    try:
        return typed.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise refused("the password is not UTF-8") from error
