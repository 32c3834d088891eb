"""Other settings for a while, as a person changes `.env` and brings the stack up again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.compose.project import Project


@asynccontextmanager
async def changed(stack: Project, **settings: str) -> AsyncIterator[None]:
    """Run the stack with these settings while the body runs, and with its own afterwards."""
    before = dict(stack.settings)
    try:
        stack.settings.update(settings)
        await asyncio.to_thread(stack.up)
        yield
    finally:
        stack.settings = before
        await asyncio.to_thread(stack.up)
