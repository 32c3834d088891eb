"""What every test with a real server begins with; the servers are installed by then."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.natter import Natter, running_natter
from tests.models.asking import until_answering
from tests.models.servers import SERVERS, Served, Server, running_server

SEEDS = 1_000_000


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line name servers."""
    parser.addoption("--servers", nargs="+", default=list(SERVERS))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test with every server that was chosen."""
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", metafunc.config.getoption("servers"), scope="session")


@pytest.fixture(scope="session")
def kind(name: str) -> Server:
    """What is known of the server."""
    return SERVERS[name]


@pytest.fixture(scope="session")
def running(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server, which some test may have killed."""
    with running_server(name, tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest_asyncio.fixture
async def served(running: Served) -> Served:
    """The server, ready."""
    await until_answering(running)
    return running


@pytest_asyncio.fixture
async def natter(tmp_path: Path, database_url: str) -> AsyncIterator[Natter]:
    """A database, a bus, web and a gateway; nobody answers."""
    async with running_natter(tmp_path, database_url, secrets.randbelow(SEEDS)) as natter:
        yield natter
