"""Fixtures of the fault tests."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest_asyncio

from tests.faults.endpoints import running_endpoint
from tests.faults.natter import Natter, running_natter
from tests.faults.service_process import ServiceProcess
from tests.faults.stage import Stage, staging
from tests.support.endpoints import ModelServer, running_demo
from tests.support.figures import show
from tests.support.llmock import llmock, llmock_process

__all__ = ["llmock", "llmock_process"]

SEEDS: Final = 1_000_000


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bus with the project's streams, a publisher and nobody else."""
    async with staging(tmp_path) as stage:
        yield stage


@pytest_asyncio.fixture
async def natter(tmp_path: Path, database_url: str) -> AsyncIterator[Natter]:
    """A database, a bus, web and a gateway; nobody answers."""
    seed = secrets.randbelow(SEEDS)
    show(f"seed {seed}")
    async with running_natter(tmp_path, database_url, seed) as natter:
        yield natter


@pytest_asyncio.fixture
async def endpoint(tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """The demo endpoint, at 200 tokens a second."""
    async with running_endpoint(tmp_path) as process:
        yield process


@pytest_asyncio.fixture
async def oracle() -> AsyncIterator[ModelServer]:
    """The demo endpoint once more, in no hurry to be slow: it tells what the other will say."""
    async with running_demo() as server:
        yield server
