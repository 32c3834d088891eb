"""The stack that the tests of compose share: built and brought up once, and taken down."""

import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from functools import partial
from typing import Final

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.compose.engine import what_is_missing
from tests.compose.figures import Figures
from tests.compose.load import Busy, loading
from tests.compose.made_secrets import without_secrets
from tests.compose.project import UP, Project
from tests.support.browser import Pages, browser
from tests.support.waiting import DEADLINE_SECONDS, LOOK_AGAIN_SECONDS

__all__ = ["browser"]

FIGURES: Final = pytest.StashKey[Figures]()
STACK: Final = pytest.StashKey[Project]()
NO_ENGINE: Final = 3

# The life of a stack; what looks for secrets in logs comes after what fills these.
ORDER: Final = (
    "test_no_engine",
    "test_images",
    "test_journey",
    "test_members",
    "test_scaling",
    "test_kills",
    "test_upgrades",
    "test_restarts",
    "test_rotation",
    "test_addresses",
    "test_tls",
    "test_base_path",
    "test_confinement",
    "test_secrecy",
    "test_backup",
    "test_restored",
    "test_guide",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return ORDER.index(item.path.stem) if item.path.stem in ORDER else len(ORDER)

    items.sort(key=place)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = Figures()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if lines := config.stash[FIGURES].lines():
        terminalreporter.section("the compose stack")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    project = item.config.stash.get(STACK, None)
    if report.failed and project is not None:
        report.sections.append(("containers", without_secrets(project, project.logs())))
    return report


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    """End the whole run where there is nothing to run the stack on."""
    if missing := what_is_missing():
        pytest.exit(f"the compose stack cannot be run here: {missing}", returncode=NO_ENGINE)


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """What the table at the end shows."""
    return pytestconfig.stash[FIGURES]


@pytest.fixture(scope="session")
def stack(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config, figures: Figures
) -> Iterator[Project]:
    """The whole stack with the demo endpoint, one container of each service."""
    project = Project(tmp_path_factory.mktemp("compose"))
    try:
        figures.note("images built", f"{_seconds(project.build)} s")
        pytestconfig.stash[STACK] = project
        figures.note("up to first page", f"{_seconds(lambda: _until_first_page(project))} s")
        project.up()
        project.set_up()
        yield project
    finally:
        project.down()
        project.remove_images()
    assert project.leftovers() == []


@pytest.fixture
def busy(stack: Project, figures: Figures) -> Busy:
    """What keeps the stack busy while something is done to it: `async with busy(what)`."""
    return partial(loading, stack, figures)


@pytest_asyncio.fixture
async def pages(browser: Browser, stack: Project) -> AsyncIterator[Pages]:
    """Pages of the stack; the test fails if any of them was not clean."""
    async with stack.pages(browser) as pages:
        yield pages


def _seconds(act: Callable[[], object]) -> str:
    begun = time.monotonic()
    act()
    return f"{time.monotonic() - begun:.1f}"


def _until_first_page(project: Project) -> None:
    """Bring the stack up from nothing, and wait for its first page."""
    project.compose(*UP)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not _shows_the_setup(project):
        assert time.monotonic() < deadline, "no page came"
        time.sleep(LOOK_AGAIN_SECONDS)


def _shows_the_setup(project: Project) -> bool:
    try:
        answer = httpx2.get(f"{project.url}/setup/", timeout=DEADLINE_SECONDS)
    except httpx2.TransportError:
        return False
    return answer.status_code == httpx2.codes.OK and 'name="code"' in answer.text
