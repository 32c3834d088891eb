"""A whole Natter, each part of it a process of its own, for faults to be played on."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import httpx2

from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import declare_when_ready
from services.web.db.pool import Pool, open_pool
from tests.faults.pool_store import PoolStore
from tests.faults.service_process import ServiceProcess, running, service
from tests.support.accounts import FROM_HERE, NO_LIMITS, sign_in_anew
from tests.support.chatting.chat import Chat, new_chat
from tests.support.chatting.reader import ChatPage
from tests.support.nats_process import NatsProcess, RunningBus, running_bus
from tests.support.tokens import SECRET
from tests.support.waiting import until

REQUEST_SECONDS: Final = 30.0
SETTLE_SECONDS: Final = 60.0
WORKER: Final = "services.ai"
KEYS: Final = {"NATTER_STREAM_KEYS": json.dumps([SECRET])}


@dataclass(slots=True)
class Natter:
    """The parts that are there from the beginning; workers and pages come as a test needs them."""

    folder: Path
    nats: NatsProcess
    database: Pool
    web: ServiceProcess
    gateway: ServiceProcess
    http: httpx2.AsyncClient
    bus: Bus
    """A connection as web, to look at what is stored."""
    random: Random
    workers: list[ServiceProcess] = field(default_factory=list)
    pages: list[ChatPage] = field(default_factory=list)

    @asynccontextmanager
    async def working(
        self, endpoint: str, count: int = 1, **settings: object
    ) -> AsyncIterator[list[ServiceProcess]]:
        """Run so many workers that ask the endpoint at this base URL.

        `settings` are fields of their settings; `takeover` is how they go on with an answer, and
        `module` another program that is started in the place of theirs.
        """
        takeover = settings.pop("takeover", "prefill")
        module = str(settings.pop("module", WORKER))
        environment = {
            "NATS_URL": self.nats.server.url("ai"),
            **connection(endpoint, str(takeover)),
            **{f"NATTER_AI_{name.upper()}": str(value) for name, value in settings.items()},
        }
        async with AsyncExitStack() as stack:
            workers = [service("ai", environment, self.folder) for _ in range(count)]
            for worker in workers:
                worker.module = module
                await stack.enter_async_context(running(worker))
            self.workers += workers
            yield workers

    @asynccontextmanager
    async def reading(self, *chats: Chat) -> AsyncIterator[list[ChatPage]]:
        """Keep a page of each chat open while the body runs; they are connected when it begins."""
        pages = [ChatPage(chat.number, self.http, Random(self.random.random())) for chat in chats]  # noqa: S311 - a seed makes the same waits every time
        self.pages += pages
        async with asyncio.TaskGroup() as tasks:
            running_pages = [tasks.create_task(page.run()) for page in pages]
            try:
                await until_connected(pages)
                yield pages
            finally:
                for task in running_pages:
                    task.cancel()

    async def chat(self) -> Chat:
        """Begin a chat."""
        return await new_chat(self.http, PoolStore(self.database))


def connection(endpoint: str, takeover: str) -> dict[str, str]:
    """Describe an endpoint to a worker."""
    described = {
        "base_url": endpoint,
        "api_key": "key-of-the-test",
        "takeover": takeover,
    }
    return {"NATTER_AI_CONNECTIONS": json.dumps({"default": described})}


async def until_connected(pages: Sequence[ChatPage]) -> None:
    """Wait until each of these pages has an open socket."""

    async def are_connected() -> bool:
        return all(page.visit is not None for page in pages)

    await until(are_connected, seconds=SETTLE_SECONDS)


@asynccontextmanager
async def running_natter(
    folder: Path,
    database_url: str,
    seed: int,
    bus_in: RunningBus = running_bus,
    replicas: int = 1,
) -> AsyncIterator[Natter]:
    """Run a bus, web and a gateway on a migrated database; end everything afterwards."""
    async with AsyncExitStack() as stack:
        nats = stack.enter_context(bus_in(folder / "nats"))
        bus = await stack.enter_async_context(
            open_bus(lambda: nats.server.url("web"), name="faults")
        )
        await declare_when_ready(bus.jetstream, replicas)
        gateway = service("realtime", {"NATS_URL": nats.server.url("realtime"), **KEYS}, folder)
        web = service("web", _web_environment(nats, database_url, gateway, replicas), folder)
        await stack.enter_async_context(running(gateway))
        await stack.enter_async_context(running(web))
        http = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=web.origin, timeout=REQUEST_SECONDS, headers=FROM_HERE)
        )
        database = await stack.enter_async_context(open_pool(database_url, size=5))
        async with database.acquire() as db:
            await sign_in_anew(http, db)
        chance = Random(seed)  # noqa: S311 - a seed makes the same run every time
        yield Natter(folder, nats, database, web, gateway, http, bus, chance)


def _web_environment(
    nats: NatsProcess, database_url: str, gateway: ServiceProcess, replicas: int
) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "NATS_URL": nats.server.url("web"),
        "NATTER_WEB_STREAM_REPLICAS": str(replicas),
        "NATTER_WEB_REALTIME_URL": f"ws://{gateway.address}",
        **NO_LIMITS,
        **KEYS,
    }
