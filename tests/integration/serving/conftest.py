"""What the tests of serving have in common."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.pages import Pages, serving_pages


@pytest_asyncio.fixture
async def pages() -> AsyncIterator[Pages]:
    """Serve the pages."""
    async with serving_pages() as served:
        yield served
