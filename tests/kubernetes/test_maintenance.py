"""The guide's backup, restore, three nodes, passwords and tools: typed as they are printed."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.compose.engine import CommandError
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.images import Images
from tests.kubernetes.played import Played
from tests.kubernetes.pod_store import PodStore
from tests.kubernetes.probing import url_of
from tests.kubernetes.typed import Terminal
from tests.support.chatting.chat import Chat, new_chat
from tests.support.kubernetes.rendering import combined
from tests.support.members import PASSWORD, Session, set_up, sign_in, sign_up
from tests.support.printed import printed

GUIDE = "deploy/kubernetes/README.md"
PARTS = ("postgres", "demo", "tools")
JETSTREAM = "/jsz?streams=true&config=true"


@pytest.fixture(scope="module")
def cluster(
    images: Images, tmp_path_factory: pytest.TempPathFactory, record_pods: list[Played]
) -> Iterator[Cluster]:
    """One node of NATS and all that needs it; the tests change it one after the other."""
    render = combined("nats", *PARTS)
    played = Played(render, images.loaded, tmp_path_factory.mktemp("maintained"))
    record_pods.append(played)
    cluster = Cluster(played, render)
    try:
        played.open()
        cluster.start()
        yield cluster
    finally:
        left = played.close()
    assert list(left) == []


@pytest.fixture(scope="module")
def terminal(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A shell whose `kubectl` leads to the pods."""
    return Terminal(cluster, tmp_path_factory.mktemp("typed"))


@pytest.fixture(scope="module")
def session(cluster: Cluster, terminal: Terminal) -> Session:
    """The session of the administrator, whose account is made with the code that is printed."""
    _, show = fences("Look at it")
    return set_up(url_of(cluster.played, "web", "http"), terminal.type(show).strip())


def fences(heading: str) -> list[str]:
    """Return what the guide says to type under a heading."""
    return [block.text for block in printed(GUIDE, heading) if block.language == "sh"]


(STOP,) = fences("Stop the services")


def store_of(cluster: Cluster) -> PodStore:
    return PodStore(cluster.played, "postgres-0")


async def answered(cluster: Cluster, session: Session, question: str) -> int:
    """Ask something in a new chat and wait for its answer; return the chat's number."""
    url = url_of(cluster.played, "web", "http")
    async with session.client(url) as http:
        chat: Chat = await new_chat(http, store_of(cluster))
        (answer,) = await chat.until_ended([await chat.send(question)])
        assert answer.status == "complete", answer
        return chat.number


async def holds(cluster: Cluster, chat: int) -> bool:
    """Return whether the database holds a question and its answer."""
    return len(await store_of(cluster).messages(chat)) == 2


async def streams(cluster: Cluster) -> dict[str, tuple[int, int]]:
    """Return how many copies and messages each stream has."""
    async with httpx2.AsyncClient(base_url=url_of(cluster.played, "nats-0", "monitor")) as http:
        said = (await http.get(JETSTREAM)).json()
    return {
        one["name"]: (one["config"]["num_replicas"], one["state"]["messages"])
        for one in said["account_details"][0]["stream_detail"]
    }


def test_others_get_accounts(cluster: Cluster, session: Session, terminal: Terminal) -> None:
    create, invite = fences("Accounts")[0].splitlines()
    said = terminal.type(f"echo '{PASSWORD}' | {create} --password-stdin")
    assert "alice has an account, and is an administrator" in said
    invitation = terminal.type(invite).partition("?invitation=")[2].strip()
    url = url_of(cluster.played, "web", "http")
    assert len({session, sign_in(url, "alice"), sign_up(url, invitation, "ben")}) == 3


def test_a_page_is_changed_and_parked_jobs_are_listed(terminal: Terminal) -> None:
    publish, jobs = fences("Change pages from outside, and see to parked jobs")
    assert "published to chat_1" in terminal.type(publish)
    assert "no job is parked" in terminal.type(jobs)


async def test_a_backup_is_restored(cluster: Cluster, session: Session, terminal: Terminal) -> None:
    kept = await answered(cluster, session, "What is kept?")
    terminal.type(fences("Back up")[0])
    lost = await answered(cluster, session, "What is lost?")
    (restore,) = fences("Restore")
    terminal.type(STOP)
    terminal.type(restore)
    assert await holds(cluster, kept)
    assert await store_of(cluster).messages(lost) == []
    assert await holds(cluster, await answered(cluster, session, "And now?"))


async def test_a_bus_that_was_lost_is_made_anew(
    cluster: Cluster, session: Session, terminal: Terminal
) -> None:
    kept = await answered(cluster, session, "What is kept?")
    terminal.type(STOP)
    terminal.type(fences("Back up")[1])
    assert (await streams(cluster))["AI_TEXT"] == (1, 0)
    assert await holds(cluster, kept)
    await answered(cluster, session, "And now?")


async def test_the_passwords_are_changed(
    cluster: Cluster, session: Session, terminal: Terminal
) -> None:
    old = cluster.mine.secrets["postgres"]["password"]
    for text in fences("Change secrets")[:2]:
        terminal.type(text)
        await answered(cluster, session, "Who is there?")
    # All connections are new ones then.
    cluster.replace("postgres-0")
    await answered(cluster, session, "And now?")
    login = ("env", f"PGPASSWORD={old}", "psql", "--host=postgres", "--username=natter", "natter")
    with pytest.raises(CommandError, match="password authentication failed"):
        cluster.played.inside("postgres-0", *login, given=b"SELECT 1")


async def test_one_node_becomes_three(
    cluster: Cluster, session: Session, terminal: Terminal
) -> None:
    kept = await answered(cluster, session, "What is kept?")
    _, logged = (await streams(cluster))["AI_TEXT"]
    assert logged > 0
    cluster.mine = cluster.with_secrets(combined("nats-cluster", *PARTS))
    for text in (STOP, *fences("From one NATS node to three")):
        terminal.type(text)
    found = await streams(cluster)
    assert {copies for copies, _ in found.values()} == {3}
    assert found["AI_TEXT"][1] == logged
    assert await holds(cluster, kept)
    await answered(cluster, session, "And now?")
