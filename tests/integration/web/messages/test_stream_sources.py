"""From where a page listens, and with which right: nothing is missed, and nobody else may."""

import asyncio
import re
from html import unescape

import pytest
from pydantic import SecretStr

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.shared.bus.position import Cursor, read_bounds
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import TURBO_STREAM
from services.shared.stream_token import StreamKeys, StreamTokenError
from services.web.db.pool import Connection
from services.web.streams.head import StreamHead
from tests.integration.web.pages import list_path, new_chat, running_web, send
from tests.support.nats import nats_server
from tests.support.outages import Outage
from tests.support.postgres import database_url
from tests.support.sockets import element, publish
from tests.support.stack import Web, web, web_settings
from tests.support.tokens import KEYS, STREAM_KEYS
from tests.support.waiting import until

# These look at positions in a stream, which web remembers for a second.
__all__ = ["database_url", "nats_server", "web"]

SOURCE = re.compile(r'<natter-stream-source id="chat-source" ([^>]*)></natter-stream-source>')


def stream_path(chat: int) -> str:
    return f"/chat/{chat}/message/stream/"


async def source(web: Web, chat: int) -> dict[str, str]:
    """The attributes of the page's one stream source."""
    page = await web.client.get(list_path(chat))
    assert page.status_code == 200
    (attributes,) = SOURCE.findall(page.text)
    return {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', attributes)}


async def head(bus: Bus) -> Cursor:
    return (await read_bounds(bus.client)).head


async def until_it_listens_from(web: Web, chat: int, expected: Cursor) -> None:
    async def does() -> bool:
        return (await source(web, chat))["since"] == str(expected)

    await until(does)


async def test_a_page_is_told_where_its_streams_are(web: Web) -> None:
    chat = await new_chat(web)
    told = await source(web, chat)
    assert sorted(told) == ["since", "src", "sse", "token", "token-url"]
    assert told["src"] == f"/ws/turbo_stream/chat_{chat}/"
    assert told["sse"] == f"/sse/turbo_stream/chat_{chat}/"
    assert told["token-url"] == stream_path(chat)


async def test_a_page_may_connect_to_a_gateway_elsewhere(
    database_url: str, nats_server: NatsServer
) -> None:
    settings = web_settings(database_url, nats_server, realtime_url="wss://live.example.org")
    async with running_web(settings) as web:
        chat = await new_chat(web)
        told = await source(web, chat)
        page = await web.client.get(list_path(chat))
    assert told["src"] == f"wss://live.example.org/ws/turbo_stream/chat_{chat}/"
    assert told["sse"] == f"https://live.example.org/sse/turbo_stream/chat_{chat}/"
    policy = page.headers["content-security-policy"]
    assert "connect-src 'self' wss://live.example.org https://live.example.org;" in policy


async def test_a_pages_token_is_for_its_reader_and_its_chat_alone(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    stated = KEYS.verify((await source(web, chat))["token"])
    account = await db.fetchval("SELECT account_id FROM chats WHERE id = $1", chat)
    assert (stated.user, stated.group) == (str(account), f"chat_{chat}")
    assert stated.expires - int(stated.issued) == 900


async def test_a_fresh_token_is_to_be_had_as_long_as_the_chat_is_ones_own(
    database_url: str, nats_server: NatsServer, db: Connection
) -> None:
    settings = web_settings(database_url, nats_server, stream_token_seconds=60)
    async with running_web(settings) as web:
        chat = await new_chat(web)
        answer = await web.client.get(stream_path(chat))
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert sorted(answer.json()) == ["expires", "token"]
        assert answer.json()["expires"] == 60
        stated = KEYS.verify(answer.json()["token"])
        assert (stated.group, stated.expires - int(stated.issued)) == (f"chat_{chat}", 60)
        await db.execute("DELETE FROM chats WHERE id = $1", chat)
        assert (await web.client.get(stream_path(chat))).status_code == 404


async def test_the_newest_key_signs(database_url: str, nats_server: NatsServer) -> None:
    newest = SecretStr("the-newest-key-of-all-0123456789abcdef")
    settings = web_settings(database_url, nats_server, stream_keys=(newest, *STREAM_KEYS))
    async with running_web(settings) as web:
        token = (await source(web, await new_chat(web)))["token"]
    assert StreamKeys([newest.get_secret_value()]).verify(token).user
    with pytest.raises(StreamTokenError):
        KEYS.verify(token)


async def test_no_token_is_logged(web: Web, capsys: pytest.CaptureFixture[str]) -> None:
    chat = await new_chat(web)
    tokens = [(await source(web, chat))["token"]]
    tokens.append((await web.client.get(stream_path(chat))).json()["token"])
    await web.client.get(stream_path(chat), params={"token": tokens[0]})
    logged = "".join(capsys.readouterr())
    assert stream_path(chat) in logged
    assert not any(token in logged or token.split(".")[1] in logged for token in tokens)


async def test_a_page_listens_from_where_its_rows_end(web: Web, web_bus: Bus) -> None:
    chat = await new_chat(web)
    await until_it_listens_from(web, chat, await head(web_bus))
    await publish(web_bus, "chat_99", element("elsewhere"))
    now = await head(web_bus)
    assert now.sequence == 1
    await until_it_listens_from(web, chat, now)


async def test_what_is_published_while_the_rows_are_read_is_heard(
    web: Web, web_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    transaction = db.transaction()
    await transaction.start()
    await db.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(source(web, chat))
        await until(lambda: _waits_for_a_lock(db))
        await publish(web_bus, f"chat_{chat}", element("meanwhile"))
        await transaction.commit()
    assert Cursor.parse(reading.result()["since"]).sequence < (await head(web_bus)).sequence


async def test_readers_at_the_same_time_ask_once(web_bus: Bus) -> None:
    reader = StreamHead(web_bus)
    asked = web_bus.client.stats["out_msgs"]
    found = await asyncio.gather(*(reader.read() for _ in range(50)))
    assert set(found) == {await head(web_bus)}
    assert web_bus.client.stats["out_msgs"] == asked + 2  # one by the reader, one by the test


async def test_a_stream_made_anew_has_other_cursors(web_bus: Bus) -> None:
    before = await head(web_bus)
    await web_bus.jetstream.delete_stream(TURBO_STREAM)
    assert await StreamHead(web_bus).read() is None
    await declare_streams(web_bus.jetstream)
    assert (await head(web_bus)).epoch != before.epoch


async def test_without_the_bus_pages_listen_from_the_last_place_known(
    database_url: str, outage: Outage
) -> None:
    async with running_web(web_settings(database_url, outage.server)) as web:
        chat = await new_chat(web)
        known = (await source(web, chat))["since"]
        outage.begin()

        async def is_noticed() -> bool:
            return bool((await web.client.get("/ready")).json()["bus"] != "ok")

        await until(is_noticed)
        assert (await source(web, chat))["since"] == known
        assert KEYS.verify((await source(web, chat))["token"]).group == f"chat_{chat}"
        await send(web, chat, "Hello?")
        assert (await source(web, chat))["since"] == "none"


async def test_a_page_that_never_knew_a_place_says_so(database_url: str, outage: Outage) -> None:
    async with running_web(web_settings(database_url, outage.server)) as web:
        chat = await new_chat(web)
        outage.begin()
        assert (await source(web, chat))["since"] == "none"
        outage.end()

        async def is_known() -> bool:
            return (await source(web, chat))["since"] != "none"

        await until(is_known)


async def _waits_for_a_lock(db: Connection) -> bool:
    waiting = await db.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    )
    return bool(waiting)
