"""A session's token: which one counts, how long, and where it travels."""

from collections.abc import AsyncIterator, Mapping
from secrets import token_urlsafe
from typing import Final

import httpx2
import pytest
import pytest_asyncio
from pydantic import SecretStr

from deploy.local.nats_server import NatsServer
from services.shared.stream_token import StreamKeys, StreamTokenError
from services.web.accounts.sessions.model import hash_token
from services.web.db.pool import Connection
from services.web.session_cookie import LOOPBACK_NAME, SECURE_NAME
from tests.integration.web.pages import running_web
from tests.support.accounts import browser, make_account, sign_in
from tests.support.http import http_client
from tests.support.stack import Web, web_settings
from tests.support.tokens import KEYS, SECRET

PAGE: Final = "/chat/stream/"
ANY: Final = {"accept": "application/json"}
PLANTED: Final = token_urlsafe(32)
NEWER: Final = "a-newer-stream-key-of-the-tests-0123456789"
TLS: Final = {"x-forwarded-proto": "https", "host": "chat.example.org"}
WRITES: Final = "SELECT xmin::text || ' ' || used_at::text FROM sessions"
COUNT: Final = "SELECT count(*) FROM sessions"


@pytest_asyncio.fixture
async def ann(server: Web, db: Connection) -> AsyncIterator[httpx2.AsyncClient]:
    """Ann's browser, where she is signed in."""
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as client:
        await sign_in(client, "ann")
        yield client


@pytest_asyncio.fixture
async def secured(
    database_url: str, nats_server: NatsServer, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Web]:
    """A server behind a proxy that it trusts, known by a name of its own."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1")
    await make_account(db, "ann", is_admin=True)
    settings = web_settings(
        database_url, nats_server, single_user=False, allowed_hosts=("chat.example.org",)
    )
    async with running_web(settings) as web:
        web.client.headers |= TLS | {"origin": "https://chat.example.org"}
        yield web


async def status(address: str, cookie: str, **headers: str) -> int:
    """Ask for a token with this `Cookie` header, and return the answer's status."""
    async with http_client(f"http://{address}") as client:
        sent = ANY | {"cookie": cookie} | {n.replace("_", "-"): v for n, v in headers.items()}
        return (await client.get(PAGE, headers=sent)).status_code


async def with_token(web: Web, token: str) -> int:
    return await status(web.address, f"{LOOPBACK_NAME}={token}")


async def test_a_token_that_was_planted_is_never_used_on(server: Web, db: Connection) -> None:
    await make_account(db, "ann", is_admin=True)
    await make_account(db, "eve")
    async with browser(server.address) as eve, browser(server.address) as victim:
        await sign_in(eve, "eve")
        eves = token = eve.cookies[LOOPBACK_NAME]
        for planted in (PLANTED, eves):
            victim.cookies.clear()
            header = {"cookie": f"{LOOPBACK_NAME}={planted}"}
            fields = {"name": "ann", "password": "four words nobody joins"}
            signed_in = await victim.post("/sign-in/", data=fields, headers=header)
            assert signed_in.status_code == 303
            token = victim.cookies[LOOPBACK_NAME]
            assert token not in (PLANTED, eves)
            assert await with_token(server, planted) == 401
            assert await with_token(server, token) == 200
        # Whoever signs in anew leaves the session before behind.
        again = await sign_in(victim, "ann")
        assert again.status_code == 303
        assert await with_token(server, token) == 401
    assert await db.fetchval(COUNT) == 2


async def test_only_a_whole_token_counts(
    server: Web, ann: httpx2.AsyncClient, db: Connection
) -> None:
    token = ann.cookies[LOOPBACK_NAME]
    assert await with_token(server, token) == 200
    wrong = ("", token[:-1], f"{token}A", f" {token} x", token.swapcase(), f'"{token}', "A" * 5000)
    for other in (*wrong, hash_token(token).hex(), "%00" * 43):
        assert await with_token(server, other) == 401, other
    # What is stored is no token.
    stored = await db.fetchval("SELECT token_hash FROM sessions")
    assert stored == hash_token(token)
    assert token.encode() not in stored


async def test_of_two_cookies_of_a_name_one_counts_and_the_other_wins_nothing(
    server: Web, ann: httpx2.AsyncClient
) -> None:
    token = ann.cookies[LOOPBACK_NAME]
    name = LOOPBACK_NAME
    both = {
        await status(server.address, f"{name}={first}; {name}={second}")
        for first, second in ((token, PLANTED), (PLANTED, token))
    }
    assert both == {200, 401}
    # A cookie of plain HTTP says nothing about one of TLS.
    assert await status(server.address, f"{SECURE_NAME}={token}") == 401


@pytest.mark.parametrize(("column", "days"), [("used_at", 14), ("created_at", 90)])
async def test_it_ends_with_its_lifetime(
    ann: httpx2.AsyncClient, db: Connection, column: str, days: int
) -> None:
    query = f"UPDATE sessions SET {column} = now() - make_interval(days => $1, secs => $2)"  # noqa: S608 - a column's name
    await db.execute(query, days, -600)
    assert (await ann.get(PAGE, headers=ANY)).status_code == 200
    await db.execute(query, days, 1)
    assert (await ann.get(PAGE, headers=ANY)).status_code == 401
    page = await ann.get("/chat/")
    assert page.headers["location"] == "/sign-in/?next=%2Fchat%2F"


@pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
async def test_it_is_none_of_an_account_that_is_closed(
    ann: httpx2.AsyncClient, db: Connection, column: str
) -> None:
    # In one transaction with its removal the account's rows are still there.
    await db.execute(f"UPDATE accounts SET {column} = now() + interval '1 hour'")  # noqa: S608 - a column's name
    assert (await ann.get(PAGE, headers=ANY)).status_code == 401


async def test_its_use_is_written_every_few_minutes(
    ann: httpx2.AsyncClient, db: Connection
) -> None:
    before = await db.fetchval(WRITES)
    for _ in range(5):
        assert (await ann.get(PAGE, headers=ANY)).status_code == 200
    assert await db.fetchval(WRITES) == before
    await db.execute("UPDATE sessions SET used_at = now() - interval '6 minutes'")
    aged = await db.fetchval(WRITES)
    written = set()
    for _ in range(5):
        assert (await ann.get(PAGE, headers=ANY)).status_code == 200
        written.add(await db.fetchval(WRITES))
    assert len(written) == 1
    assert aged not in written


def cookie_of(response: httpx2.Response) -> tuple[str, Mapping[str, str]]:
    """Return name and attributes, in lower case, of the one cookie that a response sets."""
    (header,) = response.headers.get_list("set-cookie")
    first, *rest = header.split("; ")
    attributes = {name.lower(): value for name, _, value in (part.partition("=") for part in rest)}
    return first.partition("=")[0], attributes


async def test_over_tls_it_is_for_this_host_alone(secured: Web) -> None:
    signed_in = await sign_in(secured.client, "ann")
    assert signed_in.status_code == 303
    name, attributes = cookie_of(signed_in)
    assert name == "__Host-natter_session"
    expected = {"secure": "", "httponly": "", "samesite": "lax", "path": "/"}
    assert attributes.items() >= expected.items()
    assert "domain" not in attributes
    token = signed_in.headers["set-cookie"].partition("=")[2].partition(";")[0]
    over_tls = {"host": TLS["host"], "x_forwarded_proto": "https"}
    # Over TLS a cookie of the plain name, which any program on the host may set, is nothing.
    assert await status(secured.address, f"{SECURE_NAME}={token}", **over_tls) == 200
    assert await status(secured.address, f"{LOOPBACK_NAME}={token}", **over_tls) == 401
    out = await secured.client.post("/sign-out/", headers={"cookie": f"{SECURE_NAME}={token}"})
    name, attributes = cookie_of(out)
    assert (name, attributes["max-age"]) == ("__Host-natter_session", "0")
    assert {"secure", "path"} <= attributes.keys()
    assert await status(secured.address, f"{SECURE_NAME}={token}", **over_tls) == 401


async def test_over_plain_http_on_another_name_nobody_signs_in(
    secured: Web, db: Connection
) -> None:
    plain = {"x-forwarded-proto": "http", "origin": "http://chat.example.org"}
    secured.client.headers |= plain
    for path in ("/sign-in/", "/sign-up/", "/setup/"):
        page = await secured.client.get(path)
        assert page.status_code == 403
        assert "https://" in page.text
    refused = await sign_in(secured.client, "ann")
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert await db.fetchval(COUNT) == 0


async def test_a_new_token_key_signs_nobody_out(
    server: Web, ann: httpx2.AsyncClient, database_url: str, nats_server: NatsServer
) -> None:
    old = (await ann.get(PAGE, headers=ANY)).json()["token"]
    keys = (SecretStr(NEWER), SecretStr(SECRET))
    settings = web_settings(database_url, nats_server, single_user=False, stream_keys=keys)
    both, newer = StreamKeys([NEWER, SECRET]), StreamKeys([NEWER])
    async with running_web(settings) as rotated, browser(rotated.address) as client:
        client.cookies.update(ann.cookies)
        answer = await client.get(PAGE, headers=ANY)
        assert answer.status_code == 200
        new = answer.json()["token"]
    assert both.verify(old).user == both.verify(new).user == newer.verify(new).user
    for keys_without, token in ((newer, old), (KEYS, new)):
        with pytest.raises(StreamTokenError, match="key"):
            keys_without.verify(token)
    # The web before it goes on beside it, with the same session.
    assert (await ann.get(PAGE, headers=ANY)).status_code == 200
    assert await with_token(server, ann.cookies[LOOPBACK_NAME]) == 200
