"""A chat that is not there, not one's own or not even a number is 404, whatever is asked of it."""

import asyncio
from collections.abc import Awaitable, Iterable
from itertools import batched, product
from urllib.parse import quote

import httpx2

from services.web.db.pool import Connection
from tests.integration.web.pages import chat_of_somebody_else, new_chat
from tests.support.stack import Web

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
BELOW = (
    "/message/list/",
    "/message/create/",
    "/message/stream/",
    "/message/list",
    "/message/",
    "/message/other/",
    "/message/1/stop/",
    "/message/1/edit/",
    "/message/0/show/",
    "/message/1/other/",
)
BAD_IDS = (
    *("abc", "0", "-1", "+1", "01", "1.5", "1e3", "0x1", "1_0", "%20", "1%20", "%201", "1%0A"),
    *("%00", "1%00", "%31%00", "..", "%2e%2e", "1%2F2", "*", "%", "%zz", "%ff", "'", "1;"),
    *(str(2**63 - 1), str(2**63), str(2**64), str(10**18), str(10**30), "9" * 5000),
    *(
        quote(digits)
        for digits in ("\u0661", "²", "\uff11", "\u0e51", "①", "1\u200b", "\ud7ff", "💬")
    ),
)


def asked(web: Web, verb: str, path: str) -> Awaitable[httpx2.Response]:
    data = {"content": "Hello"} if verb == "POST" else None
    return web.client.request(verb, path, data=data)


async def statuses(web: Web, verbs: Iterable[str], paths: Iterable[str]) -> dict[int, list[str]]:
    """Ask every path with every verb and sort the requests by their answers' status."""
    by_status: dict[int, list[str]] = {}
    # A few at a time: a request waits five seconds for a connection to the database, and no longer.
    for some in batched(product(verbs, paths), 20):
        answers = await asyncio.gather(*(asked(web, verb, path) for verb, path in some))
        for (verb, path), answer in zip(some, answers, strict=True):
            by_status.setdefault(answer.status_code, []).append(f"{verb} {path}")
    return by_status


async def test_an_unknown_chat_is_not_found_on_any_verb(web: Web) -> None:
    found = await statuses(web, VERBS, [f"/chat/999{path}" for path in (*BELOW, "/", "")])
    assert list(found) == [404], found


async def test_an_open_page_is_told_that_this_is_final(web: Web) -> None:
    for page in ("list", "stream"):
        answer = await asked(web, "GET", f"/chat/999/message/{page}/")
        assert answer.headers["natter-refusal"] == "final"


async def test_another_accounts_chat_looks_exactly_like_an_unknown_one(
    web: Web, db: Connection
) -> None:
    foreign = await chat_of_somebody_else(db)
    for verb, path in product(VERBS, BELOW):
        theirs, nobodys = await asyncio.gather(
            *(asked(web, verb, f"/chat/{chat}{path}") for chat in (foreign, 999))
        )
        assert [theirs.status_code, nobodys.status_code] == [404, 404], (verb, path)
        assert theirs.content == nobodys.content
        assert sorted(theirs.headers) == sorted(nobodys.headers)
    assert await db.fetchval("SELECT count(*) FROM messages") == 0
    assert await db.fetchval("SELECT count(*) FROM outbox") == 0


async def test_what_is_no_id_is_not_found(web: Web, db: Connection) -> None:
    await new_chat(web)
    paths = [
        f"/chat/{bad}/message/{page}/"
        for bad, page in product(BAD_IDS, ("list", "create", "stream"))
    ]
    found = await statuses(web, ["GET", "POST"], paths)
    assert list(found) == [404], {status: found[status] for status in found if status != 404}
    assert await db.fetchval("SELECT count(*) FROM messages") == 0


async def test_an_address_that_only_begins_like_a_page_is_not_found(web: Web) -> None:
    chat = await new_chat(web)
    endings = ("list/%0A", "list/x", "list//", "create/%0a", "%0Alist/", "list/%00")
    found = await statuses(web, ["GET"], [f"/chat/{chat}/message/{ending}" for ending in endings])
    assert list(found) == [404], found
