"""All three services, after everything that they count has happened at least once."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from services.ai.app import create_app as create_ai
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import declare_streams
from tests.integration.web.pages import ask, new_chat, running_web
from tests.support.http import http_client
from tests.support.outages import Outage
from tests.support.servers import serving
from tests.support.sockets import element, listening, measured, publish
from tests.support.stack import Web, ai_settings, realtime_settings, serving_gateway, web_settings
from tests.support.waiting import until

GROUP = "chat_1"
ANSWER = "```python\nx = 1\n```\n"


@dataclass(frozen=True, slots=True)
class Services:
    """The address of each, and what ends the gateway."""

    addresses: dict[str, str]
    gateway: AsyncExitStack


@asynccontextmanager
async def exercised(database_url: str, demo_url: str, outage: Outage) -> AsyncIterator[Services]:
    """Run the services, and have an answer written and a socket come and go."""
    nats = outage.server
    async with (
        open_bus(nats.url("web"), name="test") as bus,
        running_web(web_settings(database_url, nats)) as web,
        AsyncExitStack() as gateway,
    ):
        await declare_streams(bus.jetstream)
        async with serving(create_ai(ai_settings(nats, demo_url))) as ai:
            live = await gateway.enter_async_context(serving_gateway(realtime_settings(nats)))
            await _visit(live, bus)
            await _converse(web)
            yield Services({"web": web.address, "realtime": live, "ai": ai}, gateway)


async def _visit(gateway: str, bus: Bus) -> None:
    async with listening(gateway, GROUP) as socket:
        await publish(bus, GROUP, element("Hello"))
        await socket.receive(1)
    async with http_client(f"http://{gateway}") as client:
        assert (await client.get(f"/sse/turbo_stream/{GROUP}/")).status_code == 401


async def _converse(web: Web) -> None:
    await ask(web, await new_chat(web), f"/echo {ANSWER}")

    async def is_recorded() -> bool:
        name = "natter_web_results_total"
        return await measured(web.address, name, outcome="complete") == 1

    await until(is_recorded)
