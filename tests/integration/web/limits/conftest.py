"""These tests have a database and a bus of their own: a service beside theirs has other limits."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.web.db.pool import Connection
from tests.integration.web.natter import Natter
from tests.integration.web.pages import running_web
from tests.support.stack import web_settings

type Limited = Callable[..., AbstractAsyncContextManager[Natter]]


@pytest.fixture
def limited(
    database_url: str, nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, db: Connection
) -> Limited:
    """Run a web with these limits, beside those that run already."""

    @asynccontextmanager
    async def run(**limits: int) -> AsyncIterator[Natter]:
        settings = web_settings(database_url, nats_server, **limits)
        async with running_web(settings) as web:
            yield Natter(web, web_bus, ai_bus, db)

    return run
