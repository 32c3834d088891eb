"""The pods that the tests share: played once from the small overlay, and taken away."""

from collections.abc import AsyncIterator, Generator, Iterator

import httpx2
import pytest
import pytest_asyncio

from tests.compose.engine import what_is_missing as what_docker_lacks
from tests.kubernetes.images import Images
from tests.kubernetes.played import Played
from tests.kubernetes.podman import what_is_missing, write_configuration
from tests.kubernetes.probing import until_ended, until_probed, url_of
from tests.support.kubernetes.rendering import combined, overlay
from tests.support.members import Session, set_up

NO_ENGINE = 3
# Each after those that it waits for.
FIRST = ("postgres", "nats")
THEN = ("web", "demo", "realtime", "ai", "proxy")
NODES = ("nats-0", "nats-1", "nats-2")
_PLAYED = pytest.StashKey[list[Played]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for played in item.config.stash.get(_PLAYED, ()):
            report.sections.append(("pods", played.logs()))
    return report


@pytest.fixture(scope="session", autouse=True)
def _podman(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> None:
    """End the whole run where no pod can be run."""
    if missing := what_is_missing() or what_docker_lacks():
        pytest.exit(f"the pods cannot be run here: {missing}", returncode=NO_ENGINE)
    write_configuration(tmp_path_factory.mktemp("podman"))
    pytestconfig.stash[_PLAYED] = []


@pytest.fixture(scope="session")
def record_pods(_podman: None, pytestconfig: pytest.Config) -> list[Played]:
    """Whose logs are shown where a test fails."""
    return pytestconfig.stash[_PLAYED]


@pytest.fixture(scope="session")
def images(_podman: None) -> Iterator[Images]:
    """Every image of the small overlay, in podman."""
    images = Images()
    try:
        images.load(overlay("small"))
        yield images
    finally:
        images.remove()


@pytest.fixture(scope="session")
def pods(
    images: Images, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Played]:
    """The small overlay: each workload that runs, found under the name of its Service."""
    played = Played(overlay("small"), images.loaded, tmp_path_factory.mktemp("pods"))
    pytestconfig.stash[_PLAYED].append(played)
    try:
        played.open()
        for name in FIRST:
            played.play(name)
            until_probed(played, name)
        played.play("migrate")
        until_ended(played, "migrate")
        for name in THEN:
            played.play(name)
            until_probed(played, name)
        yield played
    finally:
        left = played.close()
    assert list(left) == []


@pytest.fixture
def cluster(
    images: Images, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Played]:
    """Three nodes of NATS and a PostgreSQL, as the components give them."""
    render = combined("postgres", "nats-cluster", "demo")
    played = Played(render, images.loaded, tmp_path_factory.mktemp("cluster"))
    pytestconfig.stash[_PLAYED].append(played)
    try:
        played.open()
        for name in NODES:
            played.play("nats", name)
        for name in NODES:
            until_probed(played, name)
        yield played
    finally:
        left = played.close()
    assert list(left) == []


@pytest.fixture(scope="session")
def session(pods: Played) -> Session:
    """The session of the administrator, whose account is made here."""
    return set_up(url_of(pods, "proxy", "http"), pods.render.secrets["web"]["setup_code"])


@pytest_asyncio.fixture
async def forwarded(pods: Played, session: Session) -> AsyncIterator[httpx2.AsyncClient]:
    """What `kubectl port-forward service/proxy` gives, to somebody who is signed in."""
    async with session.client(url_of(pods, "proxy", "http")) as client:
        yield client
