"""What web tells Prometheus: every request by its route's template, the pool, the outbox."""

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerResult
from services.shared.bus.subjects import result_subject
from services.web.app import MAX_BODY_BYTES
from services.web.db import outbox_watch
from services.web.db.outbox import OutboxEntry, insert_entry, park_entry
from services.web.db.pool import Connection
from services.web.middleware import deadlines
from services.web.settings import WebSettings
from tests.integration.web.pages import (
    FRAME,
    ask,
    form_path,
    list_path,
    new_chat,
    running_web,
    send,
)
from tests.support.outages import Outage
from tests.support.rude_client import answer_to, connected
from tests.support.sockets import measured, until_measured
from tests.support.stack import Web, web_settings
from tests.support.waiting import until

FORM = "/chat/{chat_id}/message/create/"
LIST = "/chat/{chat_id}/message/list/"


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_watch, "MEASURE_SECONDS", 0.02)


async def requests(web: Web, **labels: str) -> float:
    return await measured(web.address, "natter_web_requests_total", **labels)


async def timed(web: Web, route: str) -> float:
    return await measured(web.address, "natter_web_request_seconds_count", route=route)


async def labels_of(web: Web, label: str) -> set[str]:
    """Every value that a label of the requests has."""
    text = (await web.client.get("/metrics")).text
    return {
        sample.labels[label]
        for family in text_string_to_metric_families(text)
        if family.name.startswith("natter_web_request")
        for sample in family.samples
        if label in sample.labels
    }


async def test_requests_are_told_by_method_status_and_the_template_of_their_route(web: Web) -> None:
    chat = await new_chat(web)
    for _ in range(2):
        await web.client.get(list_path(chat))
    await send(web, chat, "Hello")
    await send(web, chat, "")
    assert await requests(web, method="GET", status="200") == 2
    assert await requests(web, method="POST", status="303") == 1
    assert await requests(web, method="POST", status="422") == 1
    assert (await timed(web, LIST), await timed(web, FORM)) == (2, 2)


async def test_the_paths_and_methods_that_strangers_make_up_share_one_label(web: Web) -> None:
    for number in range(20):
        await web.client.get(f"/made-up-{number}")
        await web.client.get(f"/chat/made-up-{number}/message/list/")
        await web.client.get(list_path(10_000 + number))
        await web.client.request(f"MADEUP{number}", "/")
    assert await labels_of(web, "method") == {"GET", "other"}
    assert await labels_of(web, "route") == {"other", "/", "/chat", "/chat/{chat_id}/message"}
    assert await requests(web, method="other", status="405") == 20


async def test_what_is_refused_before_any_route_is_counted_as_well(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await new_chat(web)
    foreign = {**FRAME, "sec-fetch-site": "cross-site"}
    await web.client.post(form_path(chat), data={"content": "Hello"}, headers=foreign)
    await web.client.get("/chat/", headers={"host": "stranger.example"})
    too_large = b"content=" + b"x" * MAX_BODY_BYTES
    headers = {**FRAME, "content-type": "application/x-www-form-urlencoded"}
    await web.client.post(form_path(chat), content=too_large, headers=headers)
    await web.client.put(form_path(chat))
    for status in ("400", "403", "405", "413"):
        assert await requests(web, status=status) == 1, status
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.05)
    head = f"POST {form_path(chat)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    assert (await answer_to(web.address, (head + kind).encode())).startswith("HTTP/1.1 408")
    assert await requests(web, status="408") == 1


async def test_probes_and_scrapes_are_not_counted(web: Web) -> None:
    before = await requests(web)
    for path in ("/live", "/ready", "/metrics"):
        await web.client.get(path)
    assert await requests(web) == before
    assert await measured(web.address, "natter_web_requests_in_flight") == 0


async def test_a_request_is_in_flight_until_it_is_answered(web: Web) -> None:
    head = b"POST /chat/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n"
    async with connected(web.address) as waiting:
        await waiting.send(head)
        await until_measured(web.address, "natter_web_requests_in_flight", 1)
    await until_measured(web.address, "natter_web_requests_in_flight", 0)


async def test_below_a_base_path_the_templates_are_the_same(
    database_url: str, outage: Outage
) -> None:
    settings = web_settings(database_url, outage.server, base_path="/natter")
    async with running_web(settings) as web:
        await web.client.get("/natter/chat/", follow_redirects=True)
        assert await timed(web, LIST) == 1


async def test_the_pool_and_the_bus_are_told(web: Web) -> None:
    await new_chat(web)
    limit = await measured(web.address, "natter_web_pool_limit")
    assert limit == WebSettings.model_fields["database_connections"].default
    assert 1 <= await measured(web.address, "natter_web_pool_connections") <= limit
    assert await measured(web.address, "natter_web_bus_connected") == 1
    await until_measured(web.address, "natter_web_database_reachable", 1)


async def test_a_connection_that_is_out_is_in_use(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    await db.execute("BEGIN")
    await db.execute("LOCK TABLE messages")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(web.client.get(list_path(chat)))

        async def is_in_use() -> bool:
            in_use = await measured(web.address, "natter_web_pool_connections", state="in_use")
            flying = await measured(web.address, "natter_web_requests_in_flight")
            return in_use >= 1 and flying == 1

        await until(is_in_use)
        await db.execute("ROLLBACK")
    await until_measured(web.address, "natter_web_requests_in_flight", 0)


async def test_the_outbox_grows_older_while_the_bus_is_away(
    database_url: str, outage: Outage, db: Connection
) -> None:
    async with running_web(web_settings(database_url, outage.server)) as web:
        chat = await new_chat(web)
        outage.begin()
        await send(web, chat, "Hello")
        await db.execute("UPDATE outbox SET created_at = created_at - interval '1 hour'")

        async def is_old() -> bool:
            return await measured(web.address, "natter_web_outbox_age_seconds") > 3600

        await until(is_old)
        assert await measured(web.address, "natter_web_outbox_rows", state="waiting") == 3
        assert await measured(web.address, "natter_web_bus_connected") == 0
        outage.end()
        await until_measured(web.address, "natter_web_outbox_rows", 0)
        assert await measured(web.address, "natter_web_outbox_age_seconds") == 0


async def test_what_is_parked_is_told_and_does_not_wait(web: Web, db: Connection) -> None:
    async with db.transaction():
        await insert_entry(db, OutboxEntry("turbo_stream.chat_1", b"x", "parked"))
        number = await db.fetchval("SELECT id FROM outbox")
        await park_entry(db, entry_id=number)
    await until_measured(web.address, "natter_web_outbox_rows", 1)
    assert await measured(web.address, "natter_web_outbox_rows", state="parked") == 1
    assert await measured(web.address, "natter_web_outbox_age_seconds") == 0


async def test_results_are_told_by_what_came_of_them(web: Web, web_bus: Bus, ai_bus: Bus) -> None:
    number = await ask(web, await new_chat(web))
    result = AnswerResult(message_id=number, run=1, status="stopped", text="Half")
    for name in ("first", "again"):
        await ai_bus.publish(result_subject(number), result.model_dump_json().encode(), name)
    await ai_bus.publish(result_subject(number), b"{}", "unreadable")
    for outcome in ("stopped", "repeated", "unreadable"):

        async def is_counted(outcome: str = outcome) -> bool:
            name = "natter_web_results_total"
            return await measured(web.address, name, outcome=outcome) == 1

        await until(is_counted)
    assert await measured(web.address, "natter_web_results_total") == 3
    assert web_bus.client.is_connected
