"""Titles asked for through the ai service's own provider, from the demo endpoint."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.ai.provider.connection import Connection
from services.ai.provider.connections import open_connections
from services.ai.provider.settings import ConnectionSettings, Timeouts
from services.ai.titles import write_title
from services.demo.app import create_app
from services.demo.settings import DemoSettings
from services.shared.bus.messages import Turn
from tests.support.servers import serving


@pytest_asyncio.fixture
async def connection() -> AsyncIterator[Connection]:
    demo = create_app(DemoSettings(tokens_per_second=0, first_token_ms=0))
    async with serving(demo) as address:
        settings = {"demo": ConnectionSettings(base_url=f"http://{address}/v1")}
        async with open_connections(settings, default="demo", timeouts=Timeouts()) as connections:
            yield connections.get(None)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Count to 30, please", "Counting to 30"),
        ("Some code\nand more of it", "Prime numbers in Python"),
        ("/think Some code", "Prime numbers in Python"),
        ("/think-tags Some code", "Prime numbers in Python"),
        ("/error cut", "Error cut"),
        ("漢字は何ですか", "漢字は何ですか"),
        ("“?!”", "A chat with the demo model"),
    ],
)
async def test_a_chat_gets_a_title(connection: Connection, question: str, title: str) -> None:
    turns = [Turn(role="user", content=question), Turn(role="assistant", content="Well.")]
    assert await write_title(connection, turns) == title


async def test_a_model_that_is_missing_gives_none(connection: Connection) -> None:
    turns = [Turn(role="user", content="Some code")]
    assert await write_title(connection, turns, model="other") is None
