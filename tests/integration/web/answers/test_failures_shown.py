"""A failure on its whole way: from an endpoint to the log, the bus, the row and the page."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from markupsafe import escape

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app as create_ai
from services.shared.bus.answer_errors import EndpointDetails
from services.shared.bus.connection import Bus
from services.shared.process.logging import configure_logging
from services.web.db.pool import Connection
from tests.integration.web.natter import Natter, everything, row
from tests.integration.web.pages import ask, list_path, new_chat
from tests.support.logs import restored_logging
from tests.support.nats import nats_server
from tests.support.postgres import database_url
from tests.support.provider import KEY, settings_for
from tests.support.scripted import (
    STOP,
    Reply,
    ScriptedEndpoint,
    chunk,
    delta,
    event,
    refusal,
    running_script,
)
from tests.support.servers import serving
from tests.support.stack import Web, ai_settings, web
from tests.support.waiting import until

# A worker gives a result an id of its answer: the bus would drop that of the next test.
__all__ = ["database_url", "nats_server", "restored_logging", "web"]

HEADER = "hush-hush-header"
QUERY = "query-that-is-secret"
SECRETS = (KEY, HEADER, QUERY)
# No eight characters of them in a row, in small letters or capitals, are told anywhere.
HIDDEN = {secret[i : i + 8].lower() for secret in SECRETS for i in range(len(secret) - 7)}
ECHO = f"No: {KEY}, Bearer {KEY.upper()}, {HEADER[:-2]}, ?code={QUERY} <b>&\x1b[31m"
ECHOES = {
    "the message": refusal(400, {"error": {"message": ECHO, "code": ECHO, "param": ECHO}}),
    "the whole body": refusal(422, {"asked": {"authorization": f"Bearer {KEY}", "x": [HEADER]}}),
    "a page": Reply((f"<title>{ECHO}</title>".encode(),), 404, media_type="text/html"),
    "a page with status 200": Reply((f"<p>{ECHO}</p>".encode(),), media_type="text/html"),
    "the headers": refusal(500, ECHO.encode(), x_echo=KEY, retry_after="0.01"),
    "within the stream": Reply(
        (chunk("Hi"), event(json.dumps({"error": {"message": ECHO}}).encode()))
    ),
    "a redirect": Reply(status=302, headers={"location": f"http://{KEY}@localhost:1/{KEY}?{KEY}"}),
    "a tool": Reply((delta({"tool_calls": [{"function": {"name": KEY}}]}), STOP)),
}


@asynccontextmanager
async def answering(nats: NatsServer, script: ScriptedEndpoint) -> AsyncIterator[str]:
    """Run an ai service that asks `script` over a connection with secrets in every place."""
    async with running_script(script) as base_url:
        connection = settings_for(
            f"{base_url}?sig={QUERY}", headers={"X-Secret": HEADER}, query={"code": QUERY}
        )
        settings = ai_settings(
            nats,
            base_url,
            openai_base_url=None,
            openai_api_key=None,
            connections={"secretive": connection},
        )
        async with serving(create_ai(settings)):
            yield base_url


async def ended(db: Connection, answer: int) -> dict[str, object]:
    async def has_ended() -> dict[str, object] | None:
        stored = await row(db, answer)
        return stored if stored["status"] != "queued" else None

    stored = await until(has_ended)
    assert stored
    return stored


@pytest.mark.usefixtures("restored_logging")
async def test_no_secret_is_in_log_bus_row_or_page_whatever_an_endpoint_repeats(
    web: Web,
    nats_server: NatsServer,
    web_bus: Bus,
    db: Connection,
    capfd: pytest.CaptureFixture[str],
) -> None:
    configure_logging("debug", "console")
    found = []
    for name, reply in ECHOES.items():
        chat = await new_chat(web)
        async with answering(nats_server, ScriptedEndpoint(reply)):
            stored = await ended(db, await ask(web, chat))
        page = (await web.client.get(list_path(chat))).text
        captured = capfd.readouterr()
        said = {"page": page, "row": repr(stored), "log": captured.out + captured.err}
        for stream in ("TURBO_STREAM", "AI_TEXT"):
            said[stream] = repr(await everything(db, web_bus, stream))
        assert (stored["status"], "***" in page, "answer_ended" in said["log"]) == (
            *("failed", True, True),
        ), name
        found += [
            (name, place, part)
            for place, text in said.items()
            for part in HIDDEN
            if part in text.lower()
        ]
    assert found == []


@pytest.mark.usefixtures("restored_logging")
async def test_the_log_has_on_one_line_what_the_page_has(
    web: Web, nats_server: NatsServer, db: Connection, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logging("info", "json")
    words = "Server is pinned to 'a';\nrequested <b>'b'</b>.\x1b[2J"
    script = ScriptedEndpoint(refusal(400, {"detail": words}))
    async with answering(nats_server, script) as base_url:
        answer = await ask(web, await new_chat(web))
        await ended(db, answer)
    shown = "Server is pinned to 'a'; requested <b>'b'</b>."
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if "{" in line[:1]]
    (line,) = [line for line in lines if line["event"] == "answer_ended"]
    expected = {
        "level": "warning",
        "message_id": answer,
        "status": "failed",
        "error": "refused",
        "http_status": 400,
        "connection": "secretive",
        "model": "some-model",
        "address": f"{base_url}/chat/completions",
        "said": shown,
    }
    assert {name: line[name] for name in expected} == expected
    (began,) = [line for line in lines if line["event"] == "connection_set_up"]
    assert (began["connection"], began["answers"]) == ("secretive", "by default")
    page = (await web.client.get(list_path(1))).text
    assert f'<dd dir="auto">{escape(shown)}</dd>' in page
    assert f'<dd dir="auto">{base_url}/chat/completions</dd>' in page
    assert "<b>'b'</b>" not in page


async def test_words_of_an_endpoint_reach_neither_the_prompt_nor_a_title(
    web: Web, nats_server: NatsServer, db: Connection
) -> None:
    broken = event(b'{"error":{"message":"never to be repeated"}}')
    script = ScriptedEndpoint(Reply((chunk("Half"), broken)), Reply((chunk("Whole answer."), STOP)))
    async with answering(nats_server, script):
        await new_chat(web)
        assert (await ended(db, await ask(web, 1)))["error"] == "endpoint_failed"
        assert (await ended(db, await ask(web, 1, "And now?")))["status"] == "complete"

        async def is_titled() -> bool:
            return await db.fetchval("SELECT title_tries FROM chats") > 0 and len(script.asked) > 2

        await until(is_titled)
    assert "never to be repeated" not in repr([asked.body for asked in script.asked])
    assert "never to be repeated" not in repr(await db.fetch("SELECT title FROM chats"))


async def test_a_failure_of_a_newer_service_is_shown_and_can_be_retried(
    natter: Natter, web: Web, db: Connection
) -> None:
    answer = await ask(web, await new_chat(web))
    details = EndpointDetails(model="some-model", said="Of the future.")
    await natter.end(answer, status="failed", error="gone_fishing", details=details, text="")
    assert (await row(db, answer))["error"] == "gone_fishing"
    page = (await web.client.get(list_path(1))).text
    assert "The answer could not be finished." in page
    assert "Of the future." in page
    await natter.act(1, answer, "retry")
    again = await row(db, answer)
    assert (again["status"], again["error"], again["details"]) == ("queued", None, None)


async def test_an_answer_that_asked_for_a_tool_beside_its_text_keeps_it_with_a_note(
    web: Web, nats_server: NatsServer, db: Connection
) -> None:
    call = delta({"tool_calls": [{"function": {"name": "<search>"}}]})
    last = chunk(finish_reason="tool_calls")
    script = ScriptedEndpoint(Reply((chunk("Let me see."), call, last)), Reply((call, last)))
    async with answering(nats_server, script):
        await new_chat(web)
        answer = await ended(db, await ask(web, 1))
        assert (answer["status"], answer["content"]) == ("complete", "Let me see.")
        page = (await web.client.get(list_path(1))).text
        assert "asked for a tool, “<bdi>&lt;search&gt;</bdi>”. This chat has none." in page

        async def is_titled() -> int:
            return int(await db.fetchval("SELECT title_tries FROM chats"))

        await until(is_titled)
        alone = await ended(db, await ask(web, 1, "Search!"))
    assert (alone["status"], alone["error"]) == ("failed", "tool_asked")
    page = (await web.client.get(list_path(1))).text
    assert "The model asked for a tool, “&lt;search&gt;”, and gave no answer." in page
    assert "The answer is empty." not in page


async def test_an_address_that_is_natters_own_is_recognised(
    web: Web, nats_server: NatsServer, db: Connection
) -> None:
    for path in ("", "/v1"):
        own = f"http://{web.address}{path}"
        for model in ("some-model", None):
            settings = ai_settings(nats_server, own, openai_model=model)
            async with serving(create_ai(settings)):
                await new_chat(web)
                chat = int(await db.fetchval("SELECT max(id) FROM chats"))
                stored = await ended(db, await ask(web, chat))
            assert (stored["status"], stored["error"]) == ("failed", "own_address")
            page = (await web.client.get(list_path(chat))).text
            assert f"The endpoint&#39;s address, {own}, is Natter&#39;s own" in page


async def test_without_a_script_the_details_are_html_that_unfolds(natter: Natter, web: Web) -> None:
    answer = await ask(web, await new_chat(web))
    details = EndpointDetails(said="No.", address="http://127.0.0.1:1/v1")
    await natter.end(answer, status="failed", error="refused", details=details, text="")
    page = (await web.client.get(list_path(1))).text
    assert re.search(r'<details class="failure__details"><summary [^>]+>Details</summary>', page)
