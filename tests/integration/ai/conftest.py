"""The endpoints that tests of the ai service ask."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

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
