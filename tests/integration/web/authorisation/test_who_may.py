"""Who may do what, on every route and verb; a refused request changes nothing."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import product
from urllib.parse import quote

import httpx2
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.web.app import create_app
from services.web.db.pool import Connection
from tests.integration.web.authorisation.rights import RIGHTS, Right, routes_of
from tests.integration.web.authorisation.things import (
    MISSING,
    NOTHING,
    dump,
    store_things,
)
from tests.integration.web.pages import FRAME, TURBO
from tests.support.accounts import Person, browser, make_account, sign_in
from tests.support.http import BROWSER
from tests.support.stack import Web, web_settings
from tests.support.waiting import until

WRONG_VERBS = ("PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
# How pages, frames, scripts and programs ask.
WAYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("", BROWSER),
    ("", TURBO),
    ("", FRAME),
    ("", {"accept": "*/*"}),
    ("?wait=1", {**BROWSER, "sec-fetch-dest": "document"}),
)
VARYING = re.compile(
    r' token="[^"]*"| since="[^"]*"|<meta name="server-time"[^>]*>|[0-9a-f]{8}(-[0-9a-f]{4}){3}-\w+'
)


@dataclass(frozen=True, slots=True)
class People:
    """Ann owns things; Bob is another person, Cleo an administrator; Dan's account is disabled."""

    stranger: httpx2.AsyncClient
    ann: Person
    bob: Person
    cleo: Person
    dan: Person


@pytest_asyncio.fixture
async def people(server: Web, db: Connection) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:

        async def person(name: str) -> Person:
            account_id = await make_account(db, name, is_admin=name == "cleo")
            client = await stack.enter_async_context(browser(server.address))
            return Person(account_id, name, client)

        names = ("cleo", "ann", "bob", "dan")
        cleo, ann, bob, dan = [await person(name) for name in names]
        for each in (cleo, ann, bob, dan):
            assert (await sign_in(each.client, each.name)).status_code == 303
        # The session is left, as if it had been found a moment before.
        await db.execute("UPDATE accounts SET disabled_at = now() WHERE id = $1", dan.id)
        yield People(await stack.enter_async_context(browser(server.address)), ann, bob, cleo, dan)


def rows(*, with_ids: bool | None = None) -> Iterator[tuple[str, str, Right]]:
    """List verbs and paths of the table, HEAD beside each GET."""
    for name, right in RIGHTS.items():
        verb, path = name.split()
        if with_ids in (None, "_id}" in path):
            for each in ("GET", "HEAD") if verb == "GET" else (verb,):
                yield each, path, right


async def ask(
    client: httpx2.AsyncClient, verb: str, path: str, right: Right, **headers: str
) -> httpx2.Response:
    data = right.fields if verb == "POST" else None
    return await client.request(verb, path, data=data, headers=headers)


def told(response: httpx2.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Return all that a response tells, but for the date."""
    headers = [(name, value) for name, value in response.headers.multi_items() if name != "date"]
    return response.status_code, response.content, headers


async def settled(db: Connection) -> dict[str, list[str]]:
    """Return every row once everything has been published."""

    async def is_published() -> bool:
        return not await db.fetchval("SELECT count(*) FROM outbox")

    await until(is_published)
    return await dump(db)


def test_the_table_has_every_route_and_no_other(database_url: str, nats_server: NatsServer) -> None:
    app = create_app(web_settings(database_url, nats_server))
    assert sorted(routes_of(app.routes)) == sorted(RIGHTS)


async def test_who_is_not_signed_in_is_led_to_the_sign_in(people: People, db: Connection) -> None:
    things = await store_things(db, people.ann.id)
    before = await settled(db)
    for client, (verb, template, right) in product((people.stranger, people.dan.client), rows()):
        if right.stranger is not None:
            continue
        path = things.path(template, chat=right.chat, message=right.message)
        response = await ask(client, verb, path, right)
        if verb == "POST":
            assert response.status_code == 401, path
            assert response.headers["natter-refusal"] == "final"
        else:
            assert response.status_code == 303, path
            assert response.headers["location"] == f"/sign-in/?next={quote(path, safe='')}"
        assert await dump(db) == before, (verb, path)
    for verb, template in product(WRONG_VERBS, {path for _, path, _ in rows(with_ids=True)}):
        refused = await people.stranger.request(verb, things.path(template))
        assert refused.status_code == 401, (verb, template)
    for query, headers in WAYS[1:4]:
        path = f"/chat/{things.chat}/message/list/{query}"
        refused = await people.stranger.get(path, headers=headers)
        assert refused.status_code == (303 if headers is TURBO else 401), headers
        assert "Private" not in refused.text
    assert await dump(db) == before


async def test_some_things_are_open_to_strangers_too(people: People) -> None:
    open_to_all = [row for row in rows() if row[2].stranger is not None]
    for client in (people.stranger, people.dan.client, people.ann.client):
        for verb, path, right in open_to_all:
            response = await ask(client, verb, path, right)
            expected = right.status if client is people.ann.client else right.stranger
            assert response.status_code == expected, (verb, path)


async def test_whose_it_is_may_do_it(people: People, db: Connection) -> None:
    for verb, template, right in rows():
        if right.stranger is None:
            things = await store_things(db, people.bob.id)
            path = things.path(template, chat=right.chat, message=right.message)
            response = await ask(people.bob.client, verb, path, right)
            assert response.status_code == right.status, (verb, path)


async def test_what_is_anothers_looks_exactly_like_what_is_not_there(
    people: People, db: Connection
) -> None:
    things = await store_things(db, people.ann.id)
    own = {each.id: await store_things(db, each.id) for each in (people.bob, people.cleo)}
    before = await settled(db)
    for person, (verb, template, right) in product((people.bob, people.cleo), rows(with_ids=True)):
        mine, names = own[person.id], {"chat": right.chat, "message": right.message}
        paths = [things.path(template, **names)]
        if "message_id" in template:
            # Messages of another chat under the id of one's own, and the other way round.
            paths += [
                replace(things, chat=mine.chat).path(template, **names),
                replace(mine, chat=things.chat).path(template, **names),
                replace(mine, answer=MISSING, question=MISSING).path(template, **names),
            ]
        nowhere = NOTHING.path(template, **names)
        for query, headers in WAYS if template.endswith("/list/") else WAYS[:2]:
            missing = told(await ask(person.client, verb, nowhere + query, right, **headers))
            assert missing[0] == 404, (verb, nowhere)
            for path in paths:
                response = await ask(person.client, verb, path + query, right, **headers)
                assert told(response) == missing, (verb, path, headers)
        assert await dump(db) == before, (verb, template)


async def test_other_verbs_tell_no_more(people: People, db: Connection) -> None:
    things = await store_things(db, people.ann.id)
    before = await settled(db)
    client = people.bob.client
    for verb, template in product(WRONG_VERBS, {path for _, path, _ in rows(with_ids=True)}):
        foreign = await client.request(verb, things.path(template))
        missing = await client.request(verb, NOTHING.path(template))
        assert told(foreign) == told(missing), (verb, template)
        # Sessions have no page of their own that a guard could stand before.
        assert foreign.status_code == (405 if "session_id" in template else 404), (verb, template)
    assert await dump(db) == before


async def test_a_deleted_chat_is_found_by_nobody_until_it_is_taken_back(
    people: People, db: Connection
) -> None:
    things = await store_things(db, people.ann.id)
    gone = replace(things, chat=things.deleted)
    before = await settled(db)
    for verb, template, right in rows(with_ids=True):
        if "chat_id" not in template or right.chat == "deleted":
            continue
        missing = told(await ask(people.ann.client, verb, NOTHING.path(template), right))
        response = await ask(people.ann.client, verb, gone.path(template), right)
        assert told(response) == missing, (verb, template)
    assert await dump(db) == before


async def test_an_id_beside_the_path_reaches_no_further(people: People, db: Connection) -> None:
    for first, table in (700_000, "chats"), (800_000, "messages"), (900_000, "prompts"):
        await db.execute("SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", table, first)
    things, gone = [await store_things(db, people.ann.id) for _ in range(2)]
    mine = await store_things(db, people.bob.id)
    await db.execute("DELETE FROM chats WHERE id >= $1 AND id < $2", gone.chat, mine.chat)
    await db.execute("DELETE FROM prompts WHERE id = $1", gone.prompt)
    before = await settled(db)
    list_path = f"/chat/{mine.chat}/message/list/"
    asked = [
        *(f"{list_path}?{name}={{answer}}" for name in ("around", "before", "after", "to", "from")),
        f"/chat/{mine.chat}/message/create/?prompt={{prompt}}",
        "/chat/list/?deleted={deleted}",
        "/settings/prompts/menu/?chat={chat}",
        "/search/?q=Private&before={answer}",
    ]
    for path in asked:
        answers = []
        for ids in (things, gone):
            named = {name: getattr(ids, name) for name in ("answer", "prompt", "deleted", "chat")}
            response = await people.bob.client.get(path.format(**named))
            text = VARYING.sub("", response.text)
            for number in named.values():
                text = re.sub(rf"\b{number}\b", "N", text)
            answers.append([str(response.status_code), *text.splitlines()])
        assert answers[0] == answers[1], path
    assert await dump(db) == before
    # Of the chats that are named beside one's own, one's own is taken back.
    also = {"also": f"{things.deleted} {mine.chat}"}
    restored = await people.bob.client.post(f"/chat/{mine.deleted}/restore/", data=also)
    assert restored.status_code == 303
    deleted = "SELECT id FROM chats WHERE deleted_at IS NOT NULL"
    assert [row[0] for row in await db.fetch(deleted)] == [things.deleted]
