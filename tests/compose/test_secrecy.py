"""What the stack keeps secret is read by its one reader, and shown nowhere."""

import json

import pytest

from tests.compose.engine import run
from tests.compose.made_secrets import made_secrets
from tests.compose.project import Project, inspected, log_of
from tests.compose.replicas import inside

READERS = {
    "web": {
        "database_url",
        "nats_url",
        "own_database_url",
        "own_nats_url",
        "setup_code",
        "stream_keys",
    },
    "realtime": {"nats_url", "own_nats_url", "stream_keys"},
    "ai": {"nats_url", "openai_api_key", "own_nats_url", "ai_connections"},
    "nats": {"nats.env"},
    "postgres": {"postgres_password"},
}
OTHERS = ("demo", "proxy")
# Owner and mode of each file, and of the folder itself.
LIST = 'cd /run/secrets && stat -c "%n %u %a" . *'


@pytest.mark.parametrize("service", sorted(READERS))
def test_a_service_alone_may_read_its_secrets(stack: Project, service: str) -> None:
    container = stack.container(service)
    uid = inside(container, "id", "-u").strip()
    listed = [line.split() for line in inside(container, "sh", "-c", LIST).splitlines()]
    assert {name for name, *_ in listed} == {".", *READERS[service]}
    assert {owner for _, owner, _ in listed} == {uid}
    assert {mode for name, _, mode in listed if name != "."} == {"400"}
    assert {mode for name, _, mode in listed if name == "."} <= {"500", "700"}


@pytest.mark.parametrize("service", [*sorted(READERS), *OTHERS])
def test_no_container_has_the_secrets_of_another(stack: Project, service: str) -> None:
    mounts = inspected(stack.container(service))["Mounts"]
    assert isinstance(mounts, list)
    volumes = {mount.get("Name", "") for mount in mounts}
    secret = {name for name in volumes if name.startswith(f"{stack.name}_secrets-")}
    assert secret == ({f"{stack.name}_secrets-{service}"} if service in READERS else set())
    writable = [mount for mount in mounts if mount.get("Name") in secret and mount["RW"]]
    assert writable == []


def test_a_secret_is_not_shown_by_the_engine(stack: Project) -> None:
    containers = stack.containers(running=False)
    shown = json.dumps([inspected(container) for container in containers])
    assert _named_in(stack, shown) == []


async def test_a_secret_is_not_in_any_log(stack: Project) -> None:
    """Nor is a session, or an invitation, which stands in the address of a page."""
    invite = ("exec", "-T", "web", "python", "-m", "services.natter", "invite")
    invitation = stack.compose(*invite).partition("?invitation=")[2].strip()
    async with stack.http() as http:
        page = await http.get("/sign-up/", params={"invitation": invitation})
    assert invitation in page.text
    for container in stack.containers(running=False):
        log = log_of(container)
        assert _named_in(stack, log) == []
        assert invitation not in log
        assert stack.session.token not in log


def test_a_secret_is_not_in_the_configuration(stack: Project) -> None:
    assert _named_in(stack, stack.compose("--profile", "*", "config")) == []


def test_a_secret_is_not_in_an_image(stack: Project) -> None:
    for service in ("web", "realtime", "ai", "demo"):
        image = f"natter-{service}:{stack.tag}"
        assert _named_in(stack, run("docker", "inspect", image)) == []
        assert _named_in(stack, run("docker", "history", "--no-trunc", image)) == []


def test_what_is_found_is_what_services_use(stack: Project) -> None:
    secrets = made_secrets(stack)
    assert {name.split("_secrets-")[1].split(":")[0] for name in secrets} >= {
        "web/database_url",
        "web/setup_code",
        "realtime/stream_keys",
        "ai/nats_url",
        "nats/nats.env",
        "postgres/postgres_password",
        "tools/publisher.env",
    }
    url = inside(stack.container("ai"), "cat", "/run/secrets/nats_url")
    assert [name for name in _named_in(stack, url) if "_secrets-ai/" in name]


def _named_in(stack: Project, text: str) -> list[str]:
    """Return the secrets that a text holds; a failure shows their names alone."""
    return [name for name, secret in made_secrets(stack).items() if secret in text]
