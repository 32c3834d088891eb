"""A chat from its form to the endpoint and back."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app as create_ai
from services.shared.bus.connection import Bus
from services.web.db.pool import Connection
from tests.integration.web.natter import row
from tests.integration.web.pages import ask, new_chat
from tests.support.nats import nats_server
from tests.support.postgres import database_url
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, running_script
from tests.support.servers import serving
from tests.support.stack import Web, ai_settings, web
from tests.support.waiting import until

# A worker gives a result an id of its answer: the bus would drop that of the next test.
__all__ = ["database_url", "nats_server", "web"]

ANSWER = "Rinse it, then boil it."
TITLE = "Cooking Rice"


def deltas(text: str) -> Reply:
    return Reply((chunk(text[:7]), chunk(text[7:]), STOP, DONE))


@asynccontextmanager
async def answered_by(nats: NatsServer, *replies: Reply) -> AsyncIterator[ScriptedEndpoint]:
    """Run an ai service that asks an endpoint with these replies."""
    script = ScriptedEndpoint(*replies)
    async with (
        running_script(script) as base_url,
        serving(create_ai(ai_settings(nats, base_url, openai_model="scripted"))),
    ):
        yield script


async def said(db: Connection, answer: int) -> tuple[str, object, str]:
    """Wait for the end of an answer; return its status, error and text."""

    async def has_ended() -> bool:
        return (await row(db, answer))["status"] not in {"queued", "waiting"}

    await until(has_ended)
    found = await row(db, answer)
    return str(found["status"]), found["error"], str(found["content"])


def told(script: ScriptedEndpoint, number: int) -> list[tuple[str, str]]:
    """Return what the endpoint was told in a request, but for the system's own words."""
    spoken = (
        (message["role"], message["content"]) for message in script.asked[number].body["messages"]
    )
    return [message for message in spoken if message[0] != "system"]


async def test_a_question_is_answered_the_chat_gets_its_title_and_the_next_question_is_told_of_it(
    web: Web,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
    nats_server: NatsServer,
    db: Connection,
) -> None:
    titled = json.dumps({"title": f"**{TITLE}**"})
    chat = await new_chat(web)
    replies = (deltas(ANSWER), deltas(titled), deltas("Twelve minutes."))
    async with answered_by(nats_server, *replies) as script:
        first = await ask(web, chat, "How do *I* cook rice?")
        assert await said(db, first) == ("complete", None, ANSWER)

        async def is_titled() -> bool:
            title: str = await db.fetchval("SELECT title FROM chats WHERE id = $1", chat)
            return title == TITLE

        await until(is_titled)
        second = await ask(web, chat, "How long?")
        assert await said(db, second) == ("complete", None, "Twelve minutes.")
        assert told(script, 2) == [
            ("user", "How do *I* cook rice?"),
            ("assistant", ANSWER),
            ("user", "How long?"),
        ]


async def test_of_an_answer_that_broke_off_the_endpoint_is_told_what_was_seen(
    web: Web,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
    nats_server: NatsServer,
    db: Connection,
) -> None:
    cut = Reply((chunk("Rinse it, "), chunk("then")), cuts=True)
    refused = Reply((b"{}",), 500, {"x-should-retry": "false"})
    chat = await new_chat(web)
    async with answered_by(nats_server, cut, refused, deltas("Twelve minutes.")) as script:
        assert (await said(db, await ask(web, chat, "How?")))[::2] == ("failed", "Rinse it, then")
        assert (await said(db, await ask(web, chat, "And?")))[::2] == ("failed", "")
        assert (await said(db, await ask(web, chat, "How long?")))[0] == "complete"
        assert told(script, 2) == [
            ("user", "How?"),
            ("assistant", "Rinse it, then"),
            ("user", "And?"),
            ("user", "How long?"),
        ]
