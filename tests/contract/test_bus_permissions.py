"""Each user of the bus may do what its service needs and nothing else, on a real server."""

from collections.abc import AsyncIterator, Iterator

import nats.errors
import pytest
import pytest_asyncio

from deploy.local.nats_server import USERS, NatsServer, running_nats
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.streams import STREAMS
from tests.support.bus_users import User, all_users, connected

EVERYBODY_ELSES_INBOX = [(user, other) for user in USERS for other in USERS if user != other]

PUBLISHES = [
    ("web", "turbo_stream.chat_1"),
    ("web", "ai.jobs.1"),
    ("web", "ai.stop.1"),
    ("web", "control.revoke"),
    ("web", "$JS.API.STREAM.SNAPSHOT.AI_TEXT"),
    ("web", "$JS.API.STREAM.RESTORE.AI_TEXT"),
    ("web", "$JS.SNAPSHOT.ACK.AI_TEXT.x.131072.1"),
    ("web", "$JS.SNAPSHOT.RESTORE.AI_TEXT.x"),
    ("ai", "turbo_stream.chat_1"),
    ("ai", "ai.results.1"),
    ("ai", "ai.suspects.1.7"),
    ("publisher", "turbo_stream.chat_1"),
    ("operator", "turbo_stream.chat_1"),
    ("operator", "control.revoke"),
    ("operator", "ai.jobs.1"),
    ("operator", "$JS.API.STREAM.MSG.GET.AI_PARKED"),
    ("operator", "$JS.API.STREAM.MSG.DELETE.AI_PARKED"),
    ("operator", "$JS.API.STREAM.INFO.TURBO_STREAM"),
    ("operator", "$JS.API.DIRECT.GET.TURBO_STREAM"),
    ("operator", "$JS.API.STREAM.MSG.GET.TURBO_STREAM"),
    ("realtime", "$JS.API.STREAM.INFO.TURBO_STREAM"),
    ("realtime", "$JS.API.STREAM.MSG.GET.TURBO_STREAM"),
    ("realtime", "$JS.API.DIRECT.GET.TURBO_STREAM"),
    ("ai", "$JS.API.STREAM.INFO.TURBO_STREAM"),
    ("ai", "$JS.API.STREAM.MSG.GET.AI_TEXT"),
    ("ai", "$JS.API.STREAM.MSG.GET.KV_ai_stops"),
    ("ai", "$JS.API.DIRECT.GET.AI_TEXT"),
    ("ai", "$JS.API.DIRECT.GET.AI_TEXT.ai.text.1"),
    ("ai", "$JS.API.DIRECT.GET.KV_ai_stops.$KV.ai_stops.1"),
    ("web", "$JS.API.STREAM.MSG.GET.AI_TEXT"),
]
SUBSCRIBES = [
    ("realtime", "live.turbo_stream.chat_1"),
    ("realtime", "live.turbo_stream.>"),
    ("realtime", "control.>"),
    ("ai", "ai.stop.*"),
    ("operator", "live.turbo_stream.chat_1"),
    ("operator", "live.turbo_stream.>"),
    *[(user, f"_INBOX_{user}.>") for user in USERS],
]
MAY_NOT_PUBLISH = [
    *[(user, "live.turbo_stream.chat_1") for user in USERS],
    *[(user, "live.turbo_stream.*") for user in USERS],
    *[(user, f"_INBOX_{other}.x") for user, other in EVERYBODY_ELSES_INBOX],
    *[(user, "$SYS.REQ.SERVER.PING") for user in USERS],
    *[(user, "$JS.API.STREAM.SNAPSHOT.AI_TEXT") for user in USERS if user != "web"],
    *[(user, "$JS.API.STREAM.RESTORE.AI_TEXT") for user in USERS if user != "web"],
    *[(user, "$JS.SNAPSHOT.ACK.AI_TEXT.x.131072.1") for user in USERS if user != "web"],
    *[(user, "$JS.SNAPSHOT.RESTORE.AI_TEXT.x") for user in USERS if user != "web"],
    *[(user, "control.revoke") for user in USERS if user not in {"web", "operator"}],
    *[(user, "control.*") for user in USERS if user not in {"web", "operator"}],
    ("realtime", "turbo_stream.chat_1"),
    ("realtime", "ai.jobs.1"),
    ("realtime", "ai.results.1"),
    ("realtime", "ai.stop.1"),
    ("realtime", "$JS.API.STREAM.CREATE.MINE"),
    ("realtime", "$JS.API.STREAM.DELETE.TURBO_STREAM"),
    ("realtime", "$JS.API.STREAM.PURGE.TURBO_STREAM"),
    ("realtime", "$JS.API.STREAM.MSG.DELETE.TURBO_STREAM"),
    ("realtime", "$JS.API.STREAM.INFO.AI_JOBS"),
    ("realtime", "$JS.API.DIRECT.GET.AI_TEXT"),
    ("realtime", "$JS.API.DIRECT.GET.AI_TEXT.ai.text.1"),
    ("realtime", "$JS.API.DIRECT.GET.TURBO_STREAM.turbo_stream.chat_1"),
    ("realtime", "$JS.API.STREAM.MSG.GET.AI_TEXT"),
    ("realtime", "$JS.API.STREAM.MSG.GET.AI_JOBS"),
    ("realtime", "$JS.API.STREAM.MSG.GET.KV_ai_stops"),
    ("ai", "ai.jobs.1"),
    ("ai", "ai.stop.1"),
    ("ai", "$JS.API.STREAM.CREATE.MINE"),
    ("ai", "$JS.API.STREAM.UPDATE.AI_JOBS"),
    ("ai", "$JS.API.STREAM.DELETE.AI_JOBS"),
    ("ai", "$JS.API.STREAM.PURGE.AI_JOBS"),
    ("ai", "$JS.API.STREAM.DELETE.AI_SUSPECTS"),
    ("ai", "$JS.API.STREAM.PURGE.AI_SUSPECTS"),
    ("web", "ai.suspects.1.7"),
    ("web", "$JS.ACK.AI_SUSPECTS.ai.1.1.1.1.0"),
    ("operator", "ai.suspects.1.7"),
    ("publisher", "ai.suspects.1.7"),
    ("realtime", "ai.suspects.1.7"),
    ("realtime", "$JS.API.CONSUMER.CREATE.TURBO_STREAM.spy"),
    ("realtime", "$JS.API.CONSUMER.CREATE.TURBO_STREAM.spy.turbo_stream.chat_1"),
    ("realtime", "$JS.API.CONSUMER.DELETE.TURBO_STREAM.spy"),
    ("ai", "$JS.API.CONSUMER.CREATE.AI_RESULTS.spy"),
    ("ai", "$JS.API.CONSUMER.DURABLE.CREATE.AI_RESULTS.spy"),
    ("ai", "$JS.API.CONSUMER.MSG.NEXT.AI_RESULTS.web"),
    ("ai", "$JS.API.STREAM.MSG.GET.AI_RESULTS"),
    ("ai", "$JS.API.STREAM.MSG.GET.AI_JOBS"),
    ("ai", "$JS.API.STREAM.MSG.GET.AI_PARKED"),
    ("ai", "$JS.API.STREAM.MSG.GET.TURBO_STREAM"),
    ("ai", "$JS.API.DIRECT.GET.AI_RESULTS"),
    *[
        ("ai", f"$JS.API.STREAM.INFO.{stream.name}")
        for stream in STREAMS
        if stream.name != "TURBO_STREAM"
    ],
    ("ai", "$JS.ACK.AI_RESULTS.web.1.1.1.1.0"),
    ("web", "ai.results.1"),
    ("web", "$JS.ACK.AI_JOBS.ai.1.1.1.1.0"),
    ("publisher", "turbo_stream.a.b"),
    ("publisher", "ai.jobs.1"),
    ("publisher", "ai.results.1"),
    ("publisher", "$JS.API.INFO"),
    ("publisher", "$JS.API.STREAM.INFO.TURBO_STREAM"),
    ("publisher", "$JS.API.DIRECT.GET.TURBO_STREAM.turbo_stream.chat_1"),
    ("publisher", "$JS.API.STREAM.MSG.GET.TURBO_STREAM"),
    ("operator", "turbo_stream.a.b"),
    ("operator", "control.a.b"),
    ("operator", "ai.stop.1"),
    ("operator", "ai.text.1"),
    ("operator", "ai.results.1"),
    ("operator", "$KV.ai_stops.1"),
    ("operator", "$JS.API.INFO"),
    ("operator", "$JS.API.STREAM.NAMES"),
    ("operator", "$JS.API.STREAM.CREATE.MINE"),
    ("operator", "$JS.API.STREAM.UPDATE.TURBO_STREAM"),
    ("operator", "$JS.API.STREAM.DELETE.TURBO_STREAM"),
    ("operator", "$JS.API.STREAM.PURGE.TURBO_STREAM"),
    ("operator", "$JS.API.STREAM.MSG.DELETE.TURBO_STREAM"),
    ("operator", "$JS.API.STREAM.INFO.AI_JOBS"),
    ("operator", "$JS.API.STREAM.MSG.DELETE.AI_JOBS"),
    ("operator", "ai.parked.1"),
    ("realtime", "ai.parked.1"),
    ("publisher", "ai.parked.1"),
    ("web", "ai.parked.1"),
    ("web", "ai.text.1"),
    ("operator", "$JS.API.DIRECT.GET.AI_PARKED"),
    ("operator", "$JS.API.DIRECT.GET.AI_TEXT.ai.text.1"),
    ("operator", "$JS.API.DIRECT.GET.TURBO_STREAM.turbo_stream.chat_1"),
    ("operator", "$JS.API.STREAM.MSG.GET.AI_TEXT"),
    ("operator", "$JS.API.STREAM.MSG.GET.AI_JOBS"),
    ("operator", "$JS.API.STREAM.MSG.GET.KV_ai_stops"),
    ("operator", "$JS.API.CONSUMER.CREATE.TURBO_STREAM.spy"),
    ("operator", "$JS.API.CONSUMER.CREATE.TURBO_STREAM.spy.turbo_stream.chat_1"),
    ("operator", "$JS.API.CONSUMER.DURABLE.CREATE.TURBO_STREAM.spy"),
    ("operator", "$JS.API.CONSUMER.DELETE.TURBO_STREAM.spy"),
    ("operator", "$JS.ACK.AI_JOBS.ai.1.1.1.1.0"),
]
MAY_NOT_SUBSCRIBE = [
    *[(user, ">") for user in USERS],
    *[(user, "turbo_stream.>") for user in USERS],
    *[(user, "ai.>") for user in USERS],
    *[(user, "ai.jobs.*") for user in USERS],
    *[(user, "$SYS.>") for user in USERS],
    *[(user, "$JS.>") for user in USERS],
    *[(user, f"_INBOX_{other}.>") for user, other in EVERYBODY_ELSES_INBOX],
    *[(user, "_INBOX.>") for user in USERS],
    *[(user, "live.turbo_stream.>") for user in USERS if user not in {"realtime", "operator"}],
    *[(user, "control.>") for user in USERS if user != "realtime"],
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with running_nats(tmp_path_factory.mktemp("nats")) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def users(server: NatsServer) -> AsyncIterator[dict[str, User]]:
    async with all_users(server) as connections:
        await declare_streams(connections["web"].client.jetstream())
        yield connections


async def test_a_user_may_publish_what_its_service_needs_and_nothing_else(
    users: dict[str, User],
) -> None:
    cases = PUBLISHES + MAY_NOT_PUBLISH
    allowed = [(user, subject) for user, subject in cases if await users[user].publishes(subject)]
    assert allowed == PUBLISHES


async def test_a_user_may_subscribe_to_what_its_service_needs_and_to_nothing_else(
    users: dict[str, User],
) -> None:
    cases = SUBSCRIBES + MAY_NOT_SUBSCRIBE
    allowed = [(user, subject) for user, subject in cases if await users[user].subscribes(subject)]
    assert allowed == SUBSCRIBES


async def test_nobody_connects_without_the_users_own_password(server: NatsServer) -> None:
    wrong = [f"{user}:nwrong@" for user in USERS]
    publishers = f"web:{server.passwords['publisher']}@"
    for login in (*wrong, "", "web@", "nobody:secret@", "web:@", publishers):
        with pytest.raises(nats.errors.Error, match="Authorization Violation"):
            async with connected(f"nats://{login}127.0.0.1:{server.port}"):
                pytest.fail(f"{login} was accepted")
