"""A compose project of its own: its name, port, settings and volumes are those of one run."""

import json
import secrets
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import STDOUT
from typing import Final

import httpx2
from playwright.async_api import Browser

from deploy.local.settings import inherited_environment
from tests.compose.engine import LONGEST_SECONDS, run
from tests.support.browser import Pages, clean_pages
from tests.support.local_stack import FOREIGN
from tests.support.members import Session, set_up
from tests.support.ports import free_port
from tests.support.printed import ROOT
from tests.support.waiting import DEADLINE_SECONDS

FILE: Final = ROOT / "deploy" / "compose" / "compose.yaml"
SCRIPTS: Final = FILE.parent
BUILT: Final = ("web", "realtime", "ai", "demo")
# One person asks in many chats at once.
UNLIMITED: Final = dict.fromkeys(
    (
        "NATTER_WEB_MESSAGES_PER_MINUTE",
        "NATTER_WEB_CHATS_PER_HOUR",
        "NATTER_WEB_ANSWERS_WAITING",
        "NATTER_WEB_ANSWERS_AT_ONCE",
    ),
    "0",
)
UP: Final = ("up", "--detach", "--pull", "never", "--no-build")
_PROJECT: Final = "com.docker.compose.project"
_SERVICE: Final = "com.docker.compose.service"
_LOG_LINES: Final = "40"


def _own_name() -> str:
    return f"natter-test-{secrets.token_hex(4)}"


@dataclass(slots=True)
class Project:
    """A stack by its name; whatever it starts carries that name, and nothing else is touched.

    `settings` are what a person would write into `.env`.
    """

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    name: str = field(default_factory=_own_name)
    port: int = field(default_factory=free_port)
    tag: str = ""
    session: Session = field(default_factory=lambda: Session(""))
    """The administrator's, once `set_up` has made that account."""

    def __post_init__(self) -> None:
        self.tag = self.tag or self.name
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def address(self) -> str:
        """Host and port of the proxy."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Address of the pages, without a slash at the end."""
        return f"http://{self.address}{self.settings.get('NATTER_WEB_BASE_PATH', '')}"

    def environment(self) -> dict[str, str]:
        """Write `.env`; return an environment in which `docker compose` means this project."""
        foreign = (*FOREIGN, "COMPOSE_")
        inherited = {
            name: value
            for name, value in inherited_environment().items()
            if not name.startswith(foreign)
        }
        own = {"NATTER_PORT": str(self.port), "NATTER_TAG": self.tag}
        told = {**own, **UNLIMITED, **self.settings}
        env = self.folder / ".env"
        env.write_text("".join(f"{name}='{value}'\n" for name, value in told.items()))
        return {
            **inherited,
            "COMPOSE_PROJECT_NAME": self.name,
            "COMPOSE_FILE": str(FILE),
            "COMPOSE_ENV_FILES": str(env),
        }

    def compose(
        self, *arguments: str, given: bytes | None = None, seconds: float = LONGEST_SECONDS
    ) -> str:
        """Run `docker compose` and return what it wrote."""
        command = ("docker", "compose", "--progress", "plain", *arguments)
        return run(*command, env=self.environment(), given=given, seconds=seconds)

    def script(self, name: str, *arguments: str, given: bytes | None = None) -> str:
        """Run one of the scripts beside `compose.yaml`."""
        command = ("sh", str(SCRIPTS / name), *arguments)
        return run(*command, env=self.environment(), given=given, seconds=LONGEST_SECONDS)

    def build(self) -> None:
        """Build the images that this project names."""
        self.compose("build", "--build-arg", f"REVISION={self.tag}", *BUILT)

    def up(self, *arguments: str) -> None:
        """Start what is not running, and wait until all of it is healthy."""
        self.compose(*UP, "--wait", *arguments)

    def set_up(self) -> None:
        """Make the administrator's account, as the first person does, and stay signed in."""
        code = self.compose("exec", "-T", "web", "cat", "/run/secrets/setup_code")
        self.session = set_up(self.url, code.strip())

    def http(self, seconds: float = DEADLINE_SECONDS) -> httpx2.AsyncClient:
        """Make a client that is signed in."""
        return self.session.client(self.url, seconds=seconds)

    def pages(self, browser: Browser) -> AbstractAsyncContextManager[Pages]:
        """Give pages that are signed in, which stay clean."""
        return clean_pages(browser, self.url, self.session.cookies)

    def scale(self, **replicas: int) -> None:
        """Run so many containers of these services; those that run are left alone."""
        counts = [f"--scale={service}={count}" for service, count in replicas.items()]
        self.up("--no-recreate", "--no-deps", *counts, *replicas)

    def down(self) -> None:
        """Stop and delete everything, the volumes too."""
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans")

    def containers(self, service: str | None = None, *, running: bool = True) -> list[str]:
        """Return the ids of a service's containers, the oldest first."""
        filters = [f"label={_PROJECT}={self.name}"]
        if service is not None:
            filters += [f"label={_SERVICE}={service}", "label=com.docker.compose.oneoff=False"]
        which = () if running else ("--all",)
        found = run("docker", "ps", *which, "--quiet", "--no-trunc", *_filters(filters))
        return found.split()[::-1]

    def container(self, service: str) -> str:
        """Return the id of a service's only container."""
        (container,) = self.containers(service)
        return container

    def logs(self) -> str:
        """Return the last lines of every container, each below its name."""
        return "\n".join(
            f"{inspected(container)['Name']}\n{log_of(container, '--tail', _LOG_LINES)}"
            for container in self.containers(running=False)
        )

    def leftovers(self) -> list[str]:
        """Name what there still is of this project: containers, volumes, networks."""
        label = _filters([f"label={_PROJECT}={self.name}"])
        listings = (
            ("ps", "--all", "--format", "{{.Names}}"),
            ("volume", "ls", "--format", "{{.Name}}"),
            ("network", "ls", "--format", "{{.Name}}"),
        )
        return [name for each in listings for name in run("docker", *each, *label).split()]

    def remove_images(self, *tags: str) -> None:
        """Delete the images that were built for this run."""
        names = [f"natter-{service}:{tag}" for service in BUILT for tag in (self.tag, *tags)]
        there = [name for name in names if run("docker", "images", "--quiet", name)]
        if there:
            run("docker", "image", "rm", *there)


def _filters(conditions: Sequence[str]) -> list[str]:
    return [f"--filter={condition}" for condition in conditions]


def log_of(container: str, *options: str) -> str:
    """Return what a container has written."""
    return run("docker", "logs", *options, container, errors=STDOUT)


def inspected(container: str) -> dict[str, object]:
    """Return all that the engine knows of a container."""
    (found,) = json.loads(run("docker", "inspect", container))
    assert isinstance(found, dict)
    return found
