"""The operations guide, done as it says: in a copy of the sources, from nothing to the end."""

import asyncio
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import httpx2
import pytest

from tests.compose.clone import Clone
from tests.compose.figures import Figures
from tests.compose.load import REQUEST_SECONDS, Load
from tests.compose.psql_store import PsqlStore, query
from tests.support.http import BROWSER
from tests.support.members import PASSWORD, set_up, sign_in, sign_up
from tests.support.printed import ROOT, printed
from tests.support.waiting import until

GUIDE: Final = (ROOT / "deploy/README.md").read_text()
# What the guide says that a person reads, without the line ends of its quotations.
SAID: Final = re.sub(r"(<br>)?\n(> )?", " ", GUIDE)
UP: Final = "sh up.sh"
DEMO: Final = "demo-notice"
TEXTS: Final = "SELECT string_agg(id || status || content, '|' ORDER BY id) FROM messages"
ONE_SHOTS: Final = 2
CODE: Final = re.compile(r"Make your account at (\S+)setup/ with this code: (\S+)\n")
SCALED: Final = ("web", "realtime", "ai")
KEY: Final = "sk-a-key-that-no-endpoint-knows"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A copy of the sources, and whatever is started in it."""
    made = Clone(tmp_path_factory.mktemp("guide"))
    try:
        yield made
    finally:
        made.down()
        made.remove_all_images()
    assert made.leftovers() == []


@pytest.fixture(scope="module")
def installed(clone: Clone, figures: Figures) -> tuple[str, str]:
    """What it says when it is installed, and when one looks at it then."""
    install, look = printed("deploy/README.md", "Install")
    (short,) = printed("README.md", "In containers")
    assert short == install
    begun = time.monotonic()
    said = clone.type(install.text, Path())
    figures.note("installed by the guide", f"{time.monotonic() - begun:.1f} s")
    return said, clone.type(look.text, Path())


@pytest.fixture
def running(clone: Clone, installed: tuple[str, str]) -> Iterator[Clone]:
    """The stack as it was installed; afterwards it is without settings again."""
    assert installed
    yield clone
    clone.settle("")
    if key_of(clone):
        clone.type("docker compose run --rm -T secrets set openai_api_key < /dev/null")
        clone.type(UP)


def key_of(clone: Clone) -> str:
    """Return the endpoint's key that ai can read."""
    shown = "docker compose run --rm --no-deps --entrypoint cat ai /run/secrets/openai_api_key"
    return clone.type(f"{shown} 2>/dev/null").strip()


def page(clone: Clone) -> str:
    """Return the first page of whoever is signed in."""
    answer = httpx2.get(
        f"{clone.url}/",
        follow_redirects=True,
        timeout=REQUEST_SECONDS,
        headers=BROWSER,
        cookies=clone.session.cookies,
    )
    assert answer.status_code == httpx2.codes.OK
    assert "natter-stream-source" in answer.text
    return answer.text


def test_it_is_installed(clone: Clone, installed: tuple[str, str]) -> None:
    said, look = installed
    assert f"Natter is up: {clone.url}/\n" in said
    assert "Natter is up: http://127.0.0.1:8000/ " in SAID
    demo = "Answers come from the demo endpoint: no model is behind it."
    assert demo in said
    assert demo in SAID
    in_guide = CODE.search(GUIDE.replace("<br>\n", "\n"))
    assert in_guide is not None
    assert in_guide[1] == "http://127.0.0.1:8000/"
    assert 'name="code"' in httpx2.get(f"{clone.url}/setup/").text
    assert look.count("Exited (0)") == ONE_SHOTS
    assert look.count("(healthy)") == len(look.splitlines()) - 1 - ONE_SHOTS


async def test_the_first_administrator_takes_over_what_the_one_user_had(running: Clone) -> None:
    create, invite, alone = printed("deploy/README.md", "Accounts")
    running.settle(alone.text)
    assert "It has no accounts: " in running.type(UP)
    await ask(running, "before")
    running.settle("")
    site, code = told_code(running.type(UP))
    running.session = set_up(site.rstrip("/"), code)
    chat = query(running, "SELECT max(chat_id) FROM messages")
    async with running.http() as http:
        shown = await http.get(f"/chat/{chat}/message/list/")
    assert "/echo before" in shown.text
    assert CODE.search(running.type(UP)) is None
    running.env_file.with_name("password.txt").write_text(f"{PASSWORD}\n")
    said = running.type(f"{create.text.strip()} --password-stdin < password.txt")
    assert "alice has an account, and is an administrator" in said
    invitation = running.type(invite.text).partition("?invitation=")[2].strip()
    assert sign_up(running.url, invitation, "ben") != sign_in(running.url, "alice")


def told_code(said: str) -> tuple[str, str]:
    """Return the site and the code that are told until there is an administrator."""
    found = CODE.search(said)
    assert found is not None, said
    return found[1], found[2]


def test_settings_stand_in_a_file_and_a_model_is_connected(running: Clone) -> None:
    (copy,) = printed("deploy/README.md", "Settings")
    endpoint, give_key = printed("deploy/README.md", "Connect a model")
    running.type(copy.text)
    example = running.env_file.with_name(".env.example").read_text()
    assert running.env_file.read_text() == example
    assert stat.S_IMODE(running.env_file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    running.settle(example + endpoint.text)
    key = running.env_file.with_name("key.txt")
    key.write_text(f"{KEY}\n")
    assert "written: ai/openai_api_key" in running.type(give_key.text)
    assert "Answers come from the endpoint that you have named." in running.type(UP)
    assert key_of(running) == KEY
    assert DEMO not in page(running)


def test_it_listens_where_it_is_told(clone: Clone) -> None:
    network, _ = printed("deploy/README.md", "In a network of your own")
    (internet,) = printed("deploy/README.md", "On the internet")
    for block in (network, internet):
        proxy = clone.config(block.text)["proxy"]
        bind = re.search(r"^NATTER_BIND=(\S+)$", block.text, re.MULTILINE)
        assert bind is not None
        assert _published(proxy) == {(bind[1], port) for port in ("80", "443")}
    clone.settle("")


def test_nobody_signs_in_where_others_could_read_the_password(running: Clone) -> None:
    everywhere = "0.0.0.0"  # noqa: S104 - as a person would set it
    running.settle(f"NATTER_BIND={everywhere}\n")
    assert "Nobody can sign in at this address, since" in running.type(UP)
    headers = {**BROWSER, "host": f"{everywhere}:{running.port}"}
    refused = httpx2.get(f"{running.url}/sign-in/", headers=headers, timeout=REQUEST_SECONDS)
    assert refused.status_code == httpx2.codes.FORBIDDEN
    assert "plain HTTP" in refused.text
    assert page(running)
    running.settle(f"NATTER_BIND={everywhere}\nNATTER_TRUSTED_PROXIES=192.0.2.7\n")
    assert "Nobody can sign in" not in running.type(UP)
    running.settle("")
    running.type(UP)


def _published(service: dict[str, object]) -> set[tuple[str, str]]:
    ports = service["ports"]
    assert isinstance(ports, list)
    return {(port["host_ip"], port["published"]) for port in ports}


def test_parts_of_ones_own_take_the_place_of_ours(clone: Clone) -> None:
    ours = set(clone.config(""))
    (proxy,) = printed("deploy/README.md", "Behind a proxy of your own")
    postgres, give, nats = printed("deploy/README.md", "A PostgreSQL or NATS of your own")
    (metrics,) = printed("deploy/README.md", "Metrics, dashboard and alerts")
    assert ours - set(clone.config(proxy.text)) == {"proxy"}
    assert ours - set(clone.config(nats.text)) == {"nats"}
    assert set(clone.config(metrics.text)) - ours == {"prometheus", "grafana"}
    with_postgres = clone.config(postgres.text)
    assert ours - set(with_postgres) == {"postgres"}
    environment = with_postgres["web"]["environment"]
    assert isinstance(environment, dict)
    assert not environment.get("DATABASE_URL")
    (name,) = re.findall(r"secrets set (\w+) <", give.text)
    assert environment["DATABASE_URL_FILE"] == f"/run/secrets/own_{name}"
    clone.settle("")


def test_each_part_is_scaled_and_goes_back_to_one(running: Clone) -> None:
    (scale,) = printed("deploy/README.md", "Scale")
    running.type(scale.text)
    assert [len(running.containers(service)) for service in SCALED] == [2, 2, 2]
    running.type(UP)
    assert [len(running.containers(service)) for service in SCALED] == [1, 1, 1]
    assert page(running)


async def test_it_is_backed_up_and_restored(running: Clone) -> None:
    (back_up,) = printed("deploy/README.md", "Back up")
    restore, without_nats = printed("deploy/README.md", "Restore")
    await ask(running, "kept")
    texts = await asyncio.to_thread(query, running, TEXTS)
    said = await asyncio.to_thread(running.type, back_up.text)
    assert (Path(said.splitlines()[-1]) / "manifest").is_file()
    await ask(running, "forgotten")
    assert await asyncio.to_thread(query, running, TEXTS) != texts
    await asyncio.to_thread(running.type, restore.text)
    assert await asyncio.to_thread(query, running, TEXTS) == texts
    await ask(running, "afterwards")
    texts = await asyncio.to_thread(query, running, TEXTS)
    await asyncio.to_thread(running.type, without_nats.text)
    assert await asyncio.to_thread(query, running, TEXTS) == texts
    await ask(running, "anew")


async def ask(clone: Clone, word: str) -> None:
    """Have the demo say a word in a chat of its own."""
    async with (
        clone.http(REQUEST_SECONDS) as http,
        asyncio.TaskGroup() as tasks,
    ):
        load = Load(http, PsqlStore(clone), Random(7), tasks)  # noqa: S311 - the order of questions
        await load.open(1)
        answer = await load.chats[0].send(f"/echo {word}")

        async def is_answered() -> bool:
            await load.store.read()
            stored = await load.chats[0].message(answer)
            return (stored.status, stored.content) == ("complete", word)

        try:
            await until(is_answered, seconds=REQUEST_SECONDS)
        finally:
            for task in load.reading:
                task.cancel()


def test_each_secret_is_changed(running: Clone) -> None:
    rotate, forget, give_key = printed("deploy/README.md", "Change secrets")
    endpoint, _ = printed("deploy/README.md", "Connect a model")
    running.settle(endpoint.text)
    running.type(UP)
    running.env_file.with_name("key.txt").write_text(f"{KEY}-2\n")
    for block in (rotate, forget, give_key):
        said = running.type(block.text)
        assert said.count("Done.\n") == len(block.text.splitlines())
    assert key_of(running) == f"{KEY}-2"
    assert page(running)


def test_pages_are_changed_from_outside_and_parked_jobs_are_listed(running: Clone) -> None:
    publish, jobs = printed("deploy/README.md", "Change pages from outside, and see to parked jobs")
    assert "published to chat_1 as number " in running.type(publish.text)
    assert "natter-jobs: no job is parked" in running.type(jobs.text)


def test_it_tells_how_it_is(running: Clone) -> None:
    (look,) = printed("deploy/README.md", "When something is wrong")
    said = running.type(look.text)
    assert "(healthy)" in said
    assert '"Status":"healthy"' in said
    for service in SCALED:
        assert re.search(rf"{service}-\d+ +\| \{{", said), service


def test_it_is_removed_with_all_its_data(clone: Clone, installed: tuple[str, str]) -> None:
    assert installed
    (remove,) = printed("deploy/README.md", "Remove it")
    said = clone.type(remove.text)
    assert "its chats and secrets stay" in said
    assert "its chats and secrets are deleted" in said
    assert clone.leftovers() == []


def test_it_runs_from_mounted_sources(clone: Clone) -> None:
    (develop,) = printed("deploy/README.md", "Work on Natter itself")
    clone.type(develop.text)
    clone.set_up()
    assert DEMO in page(clone)
