"""People with accounts, as tests make them and sign them in."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache

import httpx2
from argon2 import PasswordHasher

from services.web.accounts.model import NewAccount
from services.web.accounts.queries import create_account
from services.web.db.pool import Connection
from tests.support.http import http_client

SEE_OTHER = 303
PASSWORD = "four words nobody joins"
SETUP_CODE = "ABCDE-FGHJK-MNPQR-STUVW"
FROM_HERE = {"sec-fetch-site": "same-origin"}
"""What a browser sends with a form of the server's own page."""
NO_LIMITS = {
    "NATTER_WEB_MESSAGES_PER_MINUTE": "0",
    "NATTER_WEB_CHATS_PER_HOUR": "0",
    "NATTER_WEB_TOKENS_PER_DAY": "0",
    "NATTER_WEB_ANSWERS_WAITING": "0",
    "NATTER_WEB_ANSWERS_AT_ONCE": "0",
}
"""Variables of a web whose few people do what many would."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in at a server."""

    id: int
    name: str
    client: httpx2.AsyncClient


@cache
def password_hash() -> str:
    """Return the hash of everybody's password, made once: it takes a tenth of a second."""
    return PasswordHasher().hash(PASSWORD)


async def make_account(db: Connection, name: str, *, is_admin: bool = False) -> int:
    """Make an account with the password of all, and return its id."""
    made = await create_account(db, NewAccount(name, password_hash(), is_admin))
    assert made is not None, name
    return made


def browser(address: str) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
    """Make a client that names its origin as a browser does."""
    client = http_client(f"http://{address}")
    client.headers["origin"] = f"http://{address}"
    return client


async def sign_in_anew(client: httpx2.AsyncClient, db: Connection, name: str = "ann") -> None:
    """Make an account, and sign the client in to it."""
    await make_account(db, name, is_admin=True)
    answer = await sign_in(client, name)
    assert answer.status_code == SEE_OTHER, f"status {answer.status_code}"


async def sign_in(
    client: httpx2.AsyncClient, name: str, password: str = PASSWORD, **fields: str
) -> httpx2.Response:
    """Send the form of signing in."""
    return await client.post("/sign-in/", data={"name": name, "password": password, **fields})


async def natter_command(database_url: str, *arguments: str) -> None:
    """Run a command of `natter` on the server, as an operator does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.natter", *arguments),
        env={"DATABASE_URL": database_url, "PATH": os.defpath},
        stdout=PIPE,
        stderr=STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
