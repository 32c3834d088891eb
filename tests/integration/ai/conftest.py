"""The endpoints that tests of the ai service ask."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.integration.ai.workers import Workers
from tests.support.demo_client import client, origin
from tests.support.endpoints import ModelServer, first_model, running_demo
from tests.support.llmock import llmock, llmock_process
from tests.support.logs import restored_logging

__all__ = ["client", "demo", "endpoint", "llmock", "llmock_process", "origin", "restored_logging"]


@pytest_asyncio.fixture
async def demo() -> AsyncIterator[ModelServer]:
    """A demo endpoint that answers as fast as it can."""
    async with running_demo() as server:
        yield server


@pytest_asyncio.fixture(params=["demo", "llmock"])
async def endpoint(request: pytest.FixtureRequest, demo: ModelServer, llmock: str) -> ModelServer:
    """Each of the two endpoints in turn."""
    if request.param == "demo":
        return demo
    return ModelServer("llmock", llmock, await first_model(llmock))


@pytest.fixture
def workers(nats_server: NatsServer, web_bus: Bus) -> Workers:
    """No worker yet, on a bus of the test's own."""
    return Workers(nats_server, web_bus)
