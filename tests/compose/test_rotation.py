"""Each secret is made anew while the stack runs and is busy: nothing is lost."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from tests.compose.changes import changed
from tests.compose.engine import CommandError
from tests.compose.journey import staying
from tests.compose.load import Busy
from tests.compose.made_secrets import made_secrets
from tests.compose.project import Project, log_of
from tests.support.browser import Pages

KEY = "openai_api_key"
ENDPOINTS = "ai_connections"
HOLDERS = {
    "postgres": ("web/database_url", "postgres/postgres_password"),
    "nats": ("web/nats_url", "realtime/nats_url", "ai/nats_url", "nats/nats.env"),
    "stream_keys": ("web/stream_keys", "realtime/stream_keys"),
}


@pytest.mark.parametrize("what", sorted(HOLDERS))
async def test_what_the_stack_has_made(stack: Project, busy: Busy, pages: Pages, what: str) -> None:
    before = _held(stack)
    async with staying(pages, stack), busy(f"rotated {what}") as load:
        await load.until_writing(4)
        await asyncio.to_thread(stack.script, "rotate.sh", what)
        await load.more(6)
    after = _held(stack)
    assert {file for file in before if before[file] != after[file]} >= set(HOLDERS[what])
    assert await _is_signed_in(stack)


async def test_old_stream_keys_are_forgotten(stack: Project, pages: Pages) -> None:
    """An open page gets a new token by itself."""
    await asyncio.to_thread(stack.script, "rotate.sh", "stream_keys")
    async with staying(pages, stack):
        await asyncio.to_thread(stack.script, "rotate.sh", "forget-old-stream-keys")
    assert await _is_signed_in(stack)
    held = _held(stack)
    assert len(held["web/stream_keys"]) == 1
    assert held["web/stream_keys"] == held["realtime/stream_keys"]


@pytest_asyncio.fixture
async def keyed(stack: Project) -> AsyncIterator[Project]:
    """The stack with an endpoint that a person has named, and the key for it."""
    endpoint = {"OPENAI_BASE_URL": "http://demo:8003/v1", "OPENAI_MODEL": "natter-demo"}
    await asyncio.to_thread(_give_key, stack, _new_key())
    async with changed(stack, **endpoint):
        try:
            yield stack
        finally:
            # A key alone would mean OpenAI, which has no model of its own accord.
            await asyncio.to_thread(_give_key, stack, b"")


async def test_the_key_of_an_endpoint(keyed: Project, busy: Busy, pages: Pages) -> None:
    key = _new_key()
    async with staying(pages, keyed), busy(f"rotated {KEY}") as load:
        await load.until_writing(4)
        await asyncio.to_thread(keyed.script, "rotate.sh", KEY, given=key)
        await load.more(6)
    assert _held(keyed)[f"ai/{KEY}"] == [key.decode()]


def test_endpoints_that_ai_refuses_are_told_with_its_reason(stack: Project) -> None:
    """It is an object of objects, and its address is none: only ai knows that."""
    try:
        with pytest.raises(
            CommandError, match=r"NATTER_AI_CONNECTIONS[^\n]*\n[^\n]*does not start"
        ):
            stack.script("rotate.sh", ENDPOINTS, given=b'{"local": {"base_url": "nowhere"}}')
    finally:
        stack.script("rotate.sh", ENDPOINTS, given=b"")
    stack.up()


def _give_key(stack: Project, key: bytes) -> None:
    stack.compose("run", "--rm", "--no-deps", "-T", "secrets", "set", KEY, given=key)


def _new_key() -> bytes:
    return f"sk-{secrets.token_hex(24)}".encode()


async def _is_signed_in(stack: Project) -> bool:
    """Return whether the session from before is one still."""
    async with stack.http() as http:
        return (await http.get("/settings/account/")).status_code == httpx2.codes.OK


def _held(stack: Project) -> dict[str, list[str]]:
    """Return the secrets that each file holds."""
    held: dict[str, list[str]] = {}
    for name, secret in made_secrets(stack).items():
        file = name.split("_secrets-")[1].rsplit(":", 1)[0]
        held.setdefault(file, []).append(secret)
    return held


async def test_a_rotation_of_the_database_that_was_cut_off_is_finished_after_a_restart(
    stack: Project,
) -> None:
    """Between its two steps the files have a password that the database does not know yet."""
    stack.compose("run", "--rm", "--no-deps", "-T", "secrets", "rotate", "postgres", given=b"")
    stack.compose("down")
    with pytest.raises(CommandError):
        stack.up()
    (migrate,) = stack.containers("migrate", running=False)
    (said,) = log_of(migrate).splitlines()
    assert "`sh rotate.sh postgres`" in said
    stack.script("rotate.sh", "postgres")
    stack.up()
    assert await _is_signed_in(stack)
