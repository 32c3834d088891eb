"""Hostile text in every field of every form: no error of ours, nobody else's rows, no markup."""

import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.web.accounts.sessions.model import Device, hash_token
from services.web.accounts.sessions.queries import insert_session
from services.web.db.pool import Connection
from services.web.limits.model import Rate
from services.web.rendering.templates import FOLDER
from tests.support.accounts import PASSWORD, browser, make_account
from tests.support.http import BROWSER
from tests.support.stack import Web

EXAMPLES: Final = 50
FORM: Final = re.compile(r'<form [^>]*?action="{{ url\("([^"]+)"[^}]*}}"[^>]*>', re.DOTALL)
FIELD: Final = re.compile(r'<(?:input|textarea|select|button)\b[^>]*? name="([a-z_-]+)"')
PARTS: Final = ("'", '"', "<", ">", "\\", "\0", "\r\n", ";", "--", "%", "{{", "}}", "$1", "\u202e")
SCRIPT: Final = "<script>injected()</script>"
HOSTILE: Final = (
    "'; DROP TABLE accounts; --",
    "' OR '1'='1",
    "1) UNION SELECT password_hash FROM accounts --",
    "x\r\nx-injected: yes\r\n\r\n" + SCRIPT,
    "%0d%0ax-injected:%20yes",
    f'"><img src=x onerror=injected()>{SCRIPT}',
    f"</title></textarea></style>{SCRIPT}",
    "{{ 7 * 1000003 }}{% for x in y %}",
    "//injected.example/",
    "/\\injected.example",
    "javascript:injected()",
    "\0",
    "\ufffe\udbff".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "9" * 40,
)
texts = st.sampled_from(HOSTILE) | st.lists(
    st.sampled_from([*PARTS, "a", SCRIPT, "é"]), max_size=12
).map("".join)
ROWS: Final = {
    "accounts": "SELECT * FROM accounts WHERE id = $1",
    "sessions": "SELECT * FROM sessions WHERE account_id = $1",
    "chats": "SELECT * FROM chats WHERE account_id = $1 ORDER BY id",
    "messages": "SELECT messages.* FROM messages JOIN chats ON chats.id = chat_id"
    " WHERE account_id = $1 ORDER BY messages.id",
}


def forms() -> list[str]:
    """The paths to which the forms of the templates go."""
    found = {path for file in FOLDER.rglob("*.html") for path in FORM.findall(file.read_text())}
    assert len(found) > 20
    return [*sorted(found - {"/chat/{}/{}/", "/settings/{}/"}), "/chat/{}/pin/", "/settings/theme/"]


def fields() -> list[str]:
    """The names of all fields of all forms."""
    found = {name for file in FOLDER.rglob("*.html") for name in FIELD.findall(file.read_text())}
    assert {"password", "next", "content", "title", "q"} <= found
    return sorted(found | {"done", "fresh", "around", "before"})


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and what the attacker and somebody else have there."""

    client: httpx2.AsyncClient
    db: Connection
    attacker: int
    other: int
    chat: int

    async def sign_in(self, device: str) -> None:
        """Begin a session without its password, which would take its time."""
        token = secrets.token_urlsafe(32)
        await insert_session(
            self.db,
            account_id=self.attacker,
            token_hash=hash_token(token),
            device=Device(device, device),
        )
        self.client.cookies.set("natter_session", token)

    async def rows_of_other(self) -> dict[str, list[asyncpg.Record]]:
        return {table: await self.db.fetch(sql, self.other) for table, sql in ROWS.items()}


@pytest_asyncio.fixture
async def target(
    server: Web, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Target]:
    for name in ("BY_NAME", "BY_ADDRESS", "NEW_ACCOUNTS"):
        rate = Rate(count=1, seconds=1, burst=10_000)
        monkeypatch.setattr(f"services.web.accounts.throttle.{name}", rate)
    attacker = await make_account(db, "eve", is_admin=True)
    other = await make_account(db, "bob")
    insert = "INSERT INTO chats (account_id, title) VALUES ($1, 'Private') RETURNING id"
    chat = await db.fetchval(insert, attacker)
    await db.fetchval(insert, other)
    async with browser(server.address) as client:
        yield Target(client, db, attacker, other, chat)


@given(
    path=st.sampled_from(forms()),
    hostile=st.dictionaries(st.sampled_from(fields()), texts, min_size=1, max_size=4),
    valid=st.booleans(),
    device=texts,
)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_no_text_breaks_anything(
    target: Target, path: str, hostile: dict[str, str], *, valid: bool, device: str
) -> None:
    await target.sign_in(device.replace("\0", ""))
    before = await target.rows_of_other()
    filled = {"name": "ann", "content": "Hello", "title": "T", "present": PASSWORD} if valid else {}
    address = path.replace("{}", str(target.chat), 1).replace("{}", "1")
    agent = {"user-agent": re.sub(r"[^\x20-\x7e]", "", device) or "x"}
    answers = [
        await target.client.post(address, data={**filled, **hostile}, headers=agent),
        await target.client.get(address, params=hostile, headers=agent),
    ]
    await target.sign_in(device.replace("\0", ""))
    shown = ("/settings/account/", "/chat/", f"/chat/{target.chat}/message/list/")
    answers += [await target.client.get(each, params=hostile, headers=BROWSER) for each in shown]
    for answer in answers:
        check(answer)
    assert await target.rows_of_other() == before


def check(answer: httpx2.Response) -> None:
    where = f"{answer.request.method} {answer.request.url}: {answer.status_code}"
    assert answer.status_code < 500, where
    assert "x-injected" not in answer.headers, where
    location = answer.headers.get("location", "/")
    assert location.startswith("/"), where
    assert not location.startswith(("//", "/\\")), where
    assert SCRIPT not in answer.text, where
    assert "<img src=x onerror" not in answer.text, where
    assert "7000021" not in answer.text, where
