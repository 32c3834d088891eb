"""These tests share a bus; each test has a server with accounts of its own."""

from collections.abc import AsyncIterator

import pytest_asyncio
from pydantic import SecretStr

from deploy.local.nats_server import NatsServer
from tests.integration.web.pages import running_web
from tests.integration.web.shared import database_url, emptied, nats_server, shared
from tests.support.accounts import SETUP_CODE
from tests.support.stack import Web, web_settings

__all__ = ["database_url", "emptied", "nats_server", "shared"]


@pytest_asyncio.fixture
async def server(database_url: str, nats_server: NatsServer) -> AsyncIterator[Web]:
    settings = web_settings(
        database_url, nats_server, single_user=False, setup_code=SecretStr(SETUP_CODE)
    )
    async with running_web(settings) as web:
        yield web
