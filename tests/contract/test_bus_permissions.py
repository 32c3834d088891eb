"""Each user of the bus may do what its service needs and nothing else, on a real server."""

from collections.abc import AsyncIterator, Iterator

import nats.errors
import pytest
import pytest_asyncio

from deploy.local.nats_server import USERS, NatsServer, running_nats
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.streams import STREAMS
from tests.support.bus_users import User, all_users, connected

OTHERS_INBOXES = [(user, other) for user in USERS for other in USERS if user != other]


def each(subjects: dict[str, str]) -> list[tuple[str, str]]:
    return [(user, subject) for user, several in subjects.items() for subject in several.split()]


def everybody(subjects: str, *, but: str = "") -> list[tuple[str, str]]:
    return each({user: subjects for user in USERS if user not in but.split()})


PUBLISHES = [
    *each(
        {
            "web": (
                "turbo_stream.chat_1 ai.jobs.1 ai.stop.1 control.revoke "
                "$JS.API.STREAM.SNAPSHOT.AI_TEXT $JS.API.STREAM.RESTORE.AI_TEXT "
                "$JS.SNAPSHOT.ACK.AI_TEXT.x.131072.1 $JS.SNAPSHOT.RESTORE.AI_TEXT.x "
                "$JS.API.STREAM.MSG.GET.AI_TEXT $JS.API.STREAM.MSG.GET.KV_ai_models"
            ),
            "ai": (
                "turbo_stream.chat_1 ai.results.1 ai.suspects.1.7 $JS.API.STREAM.INFO.TURBO_STREAM "
                "$JS.API.STREAM.MSG.GET.AI_TEXT $JS.API.STREAM.MSG.GET.KV_ai_stops "
                "$KV.ai_models.catalogue $JS.API.STREAM.MSG.GET.KV_ai_models "
                "$JS.API.DIRECT.GET.AI_TEXT $JS.API.DIRECT.GET.AI_TEXT.ai.text.1 "
                "$JS.API.DIRECT.GET.KV_ai_stops.$KV.ai_stops.1"
            ),
            "publisher": "turbo_stream.chat_1",
            "operator": (
                "turbo_stream.chat_1 control.revoke ai.jobs.1 $JS.API.STREAM.MSG.GET.AI_PARKED "
                "$JS.API.STREAM.MSG.DELETE.AI_PARKED $JS.API.STREAM.INFO.TURBO_STREAM "
                "$JS.API.DIRECT.GET.TURBO_STREAM $JS.API.STREAM.MSG.GET.TURBO_STREAM"
            ),
            "realtime": (
                "$JS.API.STREAM.INFO.TURBO_STREAM $JS.API.STREAM.MSG.GET.TURBO_STREAM "
                "$JS.API.DIRECT.GET.TURBO_STREAM "
                "$JS.API.STREAM.MSG.GET.CONTROL $JS.API.DIRECT.GET.CONTROL"
            ),
        }
    )
]
SUBSCRIBES = [
    *each(
        {
            "realtime": "live.turbo_stream.chat_1 live.turbo_stream.> control.>",
            "ai": "ai.stop.*",
            "operator": "live.turbo_stream.chat_1 live.turbo_stream.>",
        }
    ),
    *[(user, f"_INBOX_{user}.>") for user in USERS],
]
MAY_NOT_PUBLISH = [
    *each(
        {
            "realtime": (
                "turbo_stream.chat_1 ai.jobs.1 ai.results.1 ai.stop.1 $JS.API.STREAM.CREATE.MINE "
                "$JS.API.STREAM.DELETE.TURBO_STREAM $JS.API.STREAM.PURGE.TURBO_STREAM "
                "$JS.API.STREAM.MSG.DELETE.TURBO_STREAM $JS.API.STREAM.INFO.AI_JOBS "
                "$JS.API.DIRECT.GET.AI_TEXT $JS.API.DIRECT.GET.AI_TEXT.ai.text.1 "
                "$JS.API.DIRECT.GET.TURBO_STREAM.turbo_stream.chat_1 "
                "$JS.API.STREAM.MSG.GET.AI_TEXT $JS.API.STREAM.MSG.GET.AI_JOBS "
                "$JS.API.STREAM.MSG.GET.KV_ai_stops ai.suspects.1.7 "
                "$KV.ai_models.catalogue $JS.API.STREAM.MSG.GET.KV_ai_models "
                "$JS.API.CONSUMER.CREATE.TURBO_STREAM.spy "
                "$JS.API.CONSUMER.CREATE.TURBO_STREAM.spy.turbo_stream.chat_1 "
                "$JS.API.CONSUMER.DELETE.TURBO_STREAM.spy ai.parked.1 "
                "$JS.API.STREAM.INFO.CONTROL $JS.API.CONSUMER.CREATE.CONTROL.spy "
                "$JS.API.DIRECT.GET.CONTROL.control.revoke"
            ),
            "ai": (
                "ai.jobs.1 ai.stop.1 $JS.API.STREAM.CREATE.MINE $JS.API.STREAM.UPDATE.AI_JOBS "
                "$JS.API.STREAM.DELETE.AI_JOBS $JS.API.STREAM.PURGE.AI_JOBS "
                "$JS.API.STREAM.DELETE.AI_SUSPECTS $JS.API.STREAM.PURGE.AI_SUSPECTS "
                "$JS.API.CONSUMER.CREATE.AI_RESULTS.spy "
                "$JS.API.CONSUMER.DURABLE.CREATE.AI_RESULTS.spy "
                "$JS.API.CONSUMER.MSG.NEXT.AI_RESULTS.web $JS.API.STREAM.MSG.GET.AI_RESULTS "
                "$JS.API.STREAM.MSG.GET.AI_JOBS $JS.API.STREAM.MSG.GET.AI_PARKED "
                "$JS.API.STREAM.MSG.GET.TURBO_STREAM $JS.API.DIRECT.GET.AI_RESULTS "
                "$JS.ACK.AI_RESULTS.web.1.1.1.1.0 $KV.ai_models.a.b $KV.ai_stops.1 "
                "$JS.API.DIRECT.GET.KV_ai_models $JS.API.STREAM.PURGE.KV_ai_models"
            ),
            "web": (
                "ai.suspects.1.7 $JS.ACK.AI_SUSPECTS.ai.1.1.1.1.0 ai.results.1 "
                "$JS.ACK.AI_JOBS.ai.1.1.1.1.0 ai.parked.1 ai.text.1 "
                "$KV.ai_models.catalogue"
            ),
            "operator": (
                "ai.suspects.1.7 turbo_stream.a.b control.a.b ai.stop.1 ai.text.1 ai.results.1 "
                "$KV.ai_models.catalogue $JS.API.STREAM.MSG.GET.KV_ai_models "
                "$KV.ai_stops.1 $JS.API.INFO $JS.API.STREAM.NAMES $JS.API.STREAM.CREATE.MINE "
                "$JS.API.STREAM.UPDATE.TURBO_STREAM $JS.API.STREAM.DELETE.TURBO_STREAM "
                "$JS.API.STREAM.PURGE.TURBO_STREAM $JS.API.STREAM.MSG.DELETE.TURBO_STREAM "
                "$JS.API.STREAM.INFO.AI_JOBS $JS.API.STREAM.MSG.DELETE.AI_JOBS ai.parked.1 "
                "$JS.API.DIRECT.GET.AI_PARKED $JS.API.DIRECT.GET.AI_TEXT.ai.text.1 "
                "$JS.API.DIRECT.GET.TURBO_STREAM.turbo_stream.chat_1 "
                "$JS.API.STREAM.MSG.GET.AI_TEXT $JS.API.STREAM.MSG.GET.AI_JOBS "
                "$JS.API.STREAM.MSG.GET.KV_ai_stops "
                "$JS.API.CONSUMER.CREATE.TURBO_STREAM.spy "
                "$JS.API.CONSUMER.CREATE.TURBO_STREAM.spy.turbo_stream.chat_1 "
                "$JS.API.CONSUMER.DURABLE.CREATE.TURBO_STREAM.spy "
                "$JS.API.CONSUMER.DELETE.TURBO_STREAM.spy $JS.ACK.AI_JOBS.ai.1.1.1.1.0"
            ),
            "publisher": (
                "ai.suspects.1.7 turbo_stream.a.b ai.jobs.1 ai.results.1 $JS.API.INFO "
                "$JS.API.STREAM.INFO.TURBO_STREAM "
                "$JS.API.DIRECT.GET.TURBO_STREAM.turbo_stream.chat_1 "
                "$JS.API.STREAM.MSG.GET.TURBO_STREAM ai.parked.1 $KV.ai_models.catalogue"
            ),
        }
    ),
    *everybody("live.turbo_stream.chat_1 live.turbo_stream.* $SYS.REQ.SERVER.PING"),
    *everybody(
        "$JS.API.STREAM.SNAPSHOT.AI_TEXT $JS.API.STREAM.RESTORE.AI_TEXT"
        " $JS.SNAPSHOT.ACK.AI_TEXT.x.131072.1 $JS.SNAPSHOT.RESTORE.AI_TEXT.x",
        but="web",
    ),
    *everybody("control.revoke control.*", but="web operator"),
    *everybody("$JS.API.STREAM.MSG.GET.CONTROL", but="web realtime"),
    *everybody(
        "$JS.API.STREAM.DELETE.CONTROL $JS.API.STREAM.PURGE.CONTROL"
        " $JS.API.STREAM.MSG.DELETE.CONTROL",
        but="web",
    ),
    *[(user, f"_INBOX_{other}.x") for user, other in OTHERS_INBOXES],
    *[
        ("ai", f"$JS.API.STREAM.INFO.{stream.name}")
        for stream in STREAMS
        if stream.name != "TURBO_STREAM"
    ],
]
MAY_NOT_SUBSCRIBE = [
    *everybody("> turbo_stream.> ai.> ai.jobs.* $SYS.> $JS.> _INBOX.>"),
    *everybody("live.turbo_stream.>", but="realtime operator"),
    *everybody("control.>", but="realtime"),
    *[(user, f"_INBOX_{other}.>") for user, other in OTHERS_INBOXES],
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
