"""What ai tells of its connections and models, with several workers and endpoints of all kinds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from services.ai.catalogue import CATALOGUE_BYTES, CataloguePublisher
from services.ai.provider.connections import open_connections
from services.ai.provider.settings import ConnectionSettings
from services.shared.bus.connection import Bus
from services.shared.bus.messages import Catalogue, ListedConnection
from services.shared.bus.stored_messages import StoredMessage, read_last
from services.shared.bus.subjects import AI_MODELS, CATALOGUE_SUBJECT
from tests.integration.ai.workers import Workers
from tests.support.endpoints import ModelServer
from tests.support.ports import free_port
from tests.support.scripted import Reply, ScriptedEndpoint, running_script
from tests.support.stack import ai_settings
from tests.support.waiting import until

MOST_MODELS = 5000


def listing(*models: str) -> object:
    return {"object": "list", "data": [{"id": model, "object": "model"} for model in models]}


def endpoint(page: object) -> ScriptedEndpoint:
    return ScriptedEndpoint(pages={"/v1/models": page})


async def stored(bus: Bus) -> StoredMessage | None:
    return await read_last(bus, AI_MODELS, CATALOGUE_SUBJECT)


async def told(bus: Bus) -> dict[str, ListedConnection]:
    """Return what is stored of each connection."""
    message = await stored(bus)
    assert message is not None
    catalogue = Catalogue.model_validate_json(message.payload)
    return {each.name: each for each in catalogue.connections}


@asynccontextmanager
async def worker(
    workers: Workers, ai_bus: Bus, **urls: str | ConnectionSettings
) -> AsyncIterator[CataloguePublisher]:
    """Give the part of a worker with these connections that tells of them."""
    endpoints = {
        name: url if isinstance(url, ConnectionSettings) else ConnectionSettings(base_url=url)
        for name, url in urls.items()
    }
    settings = ai_settings(
        workers.nats,
        "http://127.0.0.1/v1",
        openai_base_url=None,
        openai_api_key=None,
        connections=endpoints,
        default_connection=next(iter(endpoints)),
    )
    async with open_connections(
        endpoints, default=settings.default, timeouts=settings.timeouts
    ) as connections:
        yield CataloguePublisher(ai_bus, connections, settings)


async def test_a_worker_tells_of_all_its_connections_when_it_starts(
    workers: Workers, demo: ModelServer
) -> None:
    async with running_script(endpoint(listing("small", "large"))) as url:
        local = ConnectionSettings(base_url=url, model="large")
        async with workers.working(demo, connections={"local": local}):

            async def is_told() -> bool:
                return await stored(workers.bus) is not None

            await until(is_told)
    default, other = (await told(workers.bus)).values()
    assert default == ListedConnection(
        name="default", models=("natter-demo",), default="natter-demo", is_demo=True
    )
    assert other == ListedConnection(name="local", models=("large", "small"), default="large")
    message = await stored(workers.bus)
    assert message is not None
    assert Catalogue.model_validate_json(message.payload).default == "default"


async def test_nothing_is_written_where_nothing_has_changed(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    async with (
        worker(workers, ai_bus, default=demo.base_url) as one,
        worker(workers, ai_bus, default=demo.base_url) as other,
    ):
        for _ in range(2):
            await one.publish()
            await other.publish()
    message = await stored(workers.bus)
    assert message is not None
    assert message.sequence == 1


async def test_of_two_workers_that_write_at_once_neither_undoes_the_other(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    async with AsyncExitStack() as stack:
        parts = [
            await stack.enter_async_context(worker(workers, ai_bus, default=demo.base_url))
            for _ in range(5)
        ]
        await asyncio.gather(*(part.publish() for part in parts))
    assert (await told(workers.bus))["default"].models == ("natter-demo",)


async def test_an_endpoint_that_is_down_keeps_the_list_that_was_told_last(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    async with (
        running_script(endpoint(listing("small", "large"))) as url,
        worker(workers, ai_bus, local=url) as part,
    ):
        await part.publish()
    down = f"http://127.0.0.1:{free_port()}/v1"
    async with worker(workers, ai_bus, local=down, more=demo.base_url, new=down) as part:
        await part.publish()
    now = await told(workers.bus)
    assert now["local"].models == ("small", "large")
    assert now["more"].models == ("natter-demo",)
    assert now["new"] == ListedConnection(name="new")


async def test_a_slow_endpoint_holds_up_no_other_and_is_told_of_later(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    silent = Reply(stalls=True, media_type="application/json")
    script = endpoint(silent)
    async with (
        running_script(script) as url,
        worker(workers, ai_bus, default=demo.base_url, slow=url) as part,
    ):
        await part.publish()
        assert (await told(workers.bus))["slow"].models == ()
        assert (await told(workers.bus))["default"].models == ("natter-demo",)


async def test_what_a_worker_has_removed_is_gone(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    async with worker(workers, ai_bus, default=demo.base_url, old=demo.base_url) as part:
        await part.publish()
    async with worker(workers, ai_bus, default=demo.base_url) as part:
        await part.publish()
    assert list(await told(workers.bus)) == ["default"]


async def test_thousands_of_models_fit_and_what_does_not_is_counted(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    short = [f"org/model-{number}" for number in range(MOST_MODELS)]
    long = [f"{number}-{'ü' * 190}" for number in range(MOST_MODELS)]
    async with (
        running_script(endpoint(listing(*short))) as many,
        running_script(endpoint(listing(*long))) as huge,
        worker(workers, ai_bus, many=many, huge=huge, small=demo.base_url) as part,
    ):
        await part.publish()
    now = await told(workers.bus)
    assert now["many"].models == tuple(short)
    assert now["huge"].models == tuple(long)[: len(now["huge"].models)]
    assert len(now["huge"].models) + now["huge"].left_out == MOST_MODELS
    assert now["huge"].left_out > 0
    message = await stored(workers.bus)
    assert message is not None
    assert len(message.payload) < CATALOGUE_BYTES + 1000


async def test_no_name_that_holds_a_key_is_told(workers: Workers, ai_bus: Bus) -> None:
    key = "a-key-of-somebody-0123456789"
    async with running_script(endpoint(listing(f"model-for-{key}", "other"))) as url:
        settings = ConnectionSettings.model_validate({"base_url": url, "api_key": key})
        async with worker(workers, ai_bus, local=settings) as part:
            await part.publish()
    assert (await told(workers.bus))["local"].models == ("other",)


async def test_an_unreadable_catalogue_is_replaced(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    await ai_bus.publish(CATALOGUE_SUBJECT, b'{"version": 2}', "unreadable")
    async with worker(workers, ai_bus, default=demo.base_url) as part:
        await part.publish()
    assert list(await told(workers.bus)) == ["default"]
