"""While PostgreSQL is away people are told so, and nothing that was promised is lost."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from deploy.local.postgres import Postgres, running_postgres
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import AI_JOBS, AI_RESULTS, AI_RESULTS_CONSUMER
from services.web.db import outbox_watch
from services.web.db.migrate import migrate
from tests.integration.web.natter import publish, result_of, taken
from tests.integration.web.pages import (
    FRAME,
    action_path,
    ask,
    form_path,
    list_path,
    new_chat,
    published,
    running_web,
    send,
)
from tests.support.sockets import until_measured
from tests.support.stack import web_settings
from tests.support.waiting import until

_numbers = count(1)


class Switch:
    """A PostgreSQL that can be stopped and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        self.server = self.start()

    def start(self) -> Postgres:
        return self._running.enter_context(running_postgres(self._folder, durable=False))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def switch() -> Iterator[Switch]:
    """A server that each test leaves running."""
    # A short path, so that the socket is in the cluster's folder and stays there.
    with TemporaryDirectory(prefix="natter-", dir="/tmp") as folder:
        switch = Switch(Path(folder) / "pg")
        yield switch
        switch.stop()


@pytest.fixture
def empty_url(switch: Switch) -> str:
    name = f"natter_{next(_numbers)}"
    switch.server.create_database(name)
    return switch.server.url(name)


@pytest_asyncio.fixture
async def url(empty_url: str) -> str:
    await migrate(empty_url)
    return empty_url


async def test_a_scrape_does_not_wait_for_the_database_and_says_that_it_is_away(
    switch: Switch, url: str, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_watch, "MEASURE_SECONDS", 0.02)
    async with running_web(web_settings(url, nats_server)) as web:
        await until_measured(web.address, "natter_web_database_reachable", 1)
        switch.stop()
        await until_measured(web.address, "natter_web_database_reachable", 0)
        metrics = (await web.client.get("/metrics")).text
        assert "natter_web_requests_in_flight" in metrics
        assert "natter_web_outbox" not in metrics
        switch.start()
        await until_measured(web.address, "natter_web_database_reachable", 1)


async def test_people_are_told_to_come_back_and_find_everything_again(
    switch: Switch, url: str, nats_server: NatsServer
) -> None:
    async with running_web(web_settings(url, nats_server)) as web:
        chat = await new_chat(web)
        answer = await ask(web, chat, "Hello")
        switch.stop()
        for response in (
            await web.client.get(list_path(chat)),
            await web.client.get("/chat/"),
            await web.client.post("/chat/"),
            await web.client.post(form_path(chat), data={"content": "Lost?"}, headers=FRAME),
        ):
            assert response.status_code == 503
            assert response.headers["retry-after"].isdecimal()
            assert 'href="/chat/"' in response.text
            assert "content-security-policy" in response.headers
        assert "Try again" in (await web.client.get(list_path(chat))).text
        other = {"content": "Other"}
        for action in ("stop", "retry", "edit"):
            done = await web.client.post(action_path(chat, answer, action), data=other)
            assert "Try again" not in done.text
            assert f'href="{list_path(chat)}"' in done.text
        ready = await web.client.get("/ready")
        assert (ready.status_code, ready.json()["bus"]) == (503, "ok")
        assert ready.json()["database"] != "ok"
        assert (await web.client.get("/live")).status_code == 200
        switch.start()
        page = await web.client.get(list_path(chat))
        assert page.status_code == 200
        assert "Hello" in page.text
        assert (await web.client.get("/ready")).status_code == 200
        assert (await send(web, chat, "Again")).status_code == 200


async def test_a_result_and_what_follows_from_it_wait_for_the_database(
    switch: Switch, url: str, nats_server: NatsServer, web_bus: Bus, ai_bus: Bus
) -> None:
    async with running_web(web_settings(url, nats_server)) as web:
        chat = await new_chat(web)
        first, second = await ask(web, chat, "One"), await ask(web, chat, "Two")
        await published(web_bus, AI_JOBS, 1)
        switch.stop()
        await publish(ai_bus, result_of(first))
        await until(lambda: is_in_work(web_bus))
        other = {"content": "Other"}
        for action in ("stop", "retry", "continue", "regenerate", "show", "edit"):
            response = await web.client.post(action_path(chat, first, action), data=other)
            assert response.status_code == 503, action
        switch.start()
        await taken(web_bus)
        asked = [subject for subject, _ in await published(web_bus, AI_JOBS, 3)]
        assert asked[1:] == [f"ai.jobs.{second}", f"ai.jobs.title-{chat}"]
        assert "This is <strong>it</strong>." in (await web.client.get(list_path(chat))).text


async def test_a_server_without_its_migrations_is_not_ready(
    empty_url: str, nats_server: NatsServer
) -> None:
    async with running_web(web_settings(empty_url, nats_server)) as web:
        assert (await web.client.get("/ready")).json() == {
            "database": "RuntimeError",
            "bus": "ok",
            "replica": "ok",
        }
        await migrate(empty_url)
        assert (await web.client.get("/ready")).json() == {
            "database": "ok",
            "bus": "ok",
            "replica": "ok",
        }


async def is_in_work(bus: Bus) -> bool:
    results = await bus.jetstream.consumer_info(AI_RESULTS, AI_RESULTS_CONSUMER)
    return bool(results.num_ack_pending == 1)
