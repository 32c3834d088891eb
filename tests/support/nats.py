"""A real nats-server for every test that asks for one, with the users of every deployment."""

import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from nats.aio.client import Client

from deploy.local.nats_server import NatsServer, running_nats
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import declare_streams
from tests.support.waiting import DEADLINE_SECONDS


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    """A server on a free port, with an empty store."""
    with running_nats(tmp_path / "nats") as server:
        yield server


@pytest_asyncio.fixture
async def web_bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    """A connection as web, with all streams declared."""
    async with open_bus(nats_server.url("web"), name="test-web") as hasty:
        bus = patient(hasty)
        await declare_streams(bus.jetstream)
        yield bus


@pytest_asyncio.fixture
async def ai_bus(nats_server: NatsServer, web_bus: Bus) -> AsyncIterator[Bus]:  # noqa: ARG001 - the streams are there first
    """A connection as ai."""
    async with open_bus(nats_server.url("ai"), name="test-ai") as bus:
        yield patient(bus)


@pytest.fixture
def refused_logins() -> Iterator[None]:
    """nats-py leaves a connection whose login was refused to be closed by the collector."""
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        yield
        gc.collect()


def patient(bus: Bus) -> Bus:
    """Let JetStream have all the time there is; nats-py gives it five seconds."""
    return replace(bus, jetstream=bus.client.jetstream(timeout=DEADLINE_SECONDS))


async def until_read(client: Client) -> None:
    """Wait until the server has read what `client` has written: subscriptions stand, then.

    nats-py writes a ping ahead of what it has buffered, so it takes the answer to a second one.
    """
    await client.flush(DEADLINE_SECONDS)
    await client.flush(DEADLINE_SECONDS)
