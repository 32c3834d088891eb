"""A page that streams ends with the session of its reader."""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.shared.stream_token import StreamClaims
from services.web.db.pool import Connection
from services.web.session_cookie import LOOPBACK_NAME
from tests.integration.web.live.test_live_pages import ENDED, PAGE_BREAK
from tests.integration.web.natter import Natter, logged
from tests.integration.web.pages import list_path, running_web
from tests.support.accounts import PASSWORD, browser, make_account, natter_command, sign_in
from tests.support.curl import curl
from tests.support.figures import show
from tests.support.stack import Web, web_settings
from tests.support.tokens import KEYS

TOKEN = re.compile(r' id="(chat|account)-source" [^>]*? token="([^"]+)"')
type End = Callable[[Natter, str], Awaitable[object]]


async def sign_out(natter: Natter, _database: str) -> None:
    await natter.web.client.post("/sign-out/")


async def change_password_elsewhere(natter: Natter, _database: str) -> None:
    async with browser(natter.web.address) as other:
        await sign_in(other, "ann")
        fields = {"present": PASSWORD, "new": "five other words nobody joins"}
        changed = await other.post("/settings/account/password/", data=fields)
        assert changed.status_code == 303


async def disable(_natter: Natter, database: str) -> None:
    await natter_command(database, "disable-account", "ann")


async def expire(natter: Natter, _database: str) -> None:
    await natter.db.execute("UPDATE sessions SET created_at = now() - interval '1 year'")


ENDS: tuple[End, ...] = (sign_out, change_password_elsewhere, disable, expire)


@pytest_asyncio.fixture
async def natter(
    database_url: str, nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, db: Connection
) -> AsyncIterator[Natter]:
    """A server with accounts, and Ann's browser."""
    await make_account(db, "ann", is_admin=True)
    async with (
        running_web(web_settings(database_url, nats_server, single_user=False)) as web,
        browser(web.address) as ann,
    ):
        await sign_in(ann, "ann")
        yield Natter(Web(web.address, ann), web_bus, ai_bus, db)


def page_of(natter: Natter, chat: int) -> tuple[str, ...]:
    """Arguments with which curl reads a page with Ann's cookie."""
    cookie = f"cookie: {LOOPBACK_NAME}={natter.web.client.cookies[LOOPBACK_NAME]}"
    return "--header", cookie, f"http://{natter.web.address}{list_path(chat)}"


def tokens_in(page: str) -> dict[str, StreamClaims]:
    return {name: KEYS.verify(token) for name, token in TOKEN.findall(page)}


@pytest.mark.parametrize("end", ENDS)
async def test_nothing_more_is_sent_once_the_session_has_ended(
    natter: Natter, database_url: str, end: End
) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    async with curl(*page_of(natter, chat)) as reader:
        await natter.write_log(answer, logged("One.\n\nTwo"))
        await reader.until("One.</p>")
        await end(natter, database_url)
        ended_at = time.monotonic()
        page = await reader.to_end()
    show(f"{end.__name__}: the page ended {time.monotonic() - ended_at:.2f} s later")
    assert page.rstrip().endswith("</p>")
    assert PAGE_BREAK in page
    assert "Two" not in page
    assert list(tokens_in(page)) == ["chat"]


async def test_a_session_that_goes_on_is_checked_before_each_token(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    began_at = time.time()
    async with curl(*page_of(natter, chat)) as reader:
        await reader.until('message--user"')
        read_at = time.time()
        await natter.end(answer)
        page = await reader.to_end()
    assert page.rstrip().endswith(ENDED)
    tokens = tokens_in(page)
    assert began_at - 0.001 < tokens["chat"].issued <= read_at < tokens["account"].issued
    assert tokens["account"].issued <= time.time()
