"""What every fault test begins with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.faults.stage import Stage, staging


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bus with the project's streams, a publisher and nobody else."""
    async with staging(tmp_path) as stage:
        yield stage
