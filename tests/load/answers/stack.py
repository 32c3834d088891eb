"""The stack that answers: bus, gateway and worker as they are, between an endpoint and pages."""

import json
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from deploy.local.nats_server import NatsServer, running_nats
from deploy.local.postgres import SUPERUSER, Postgres, running_postgres
from deploy.local.postgres_programs import run_program
from deploy.local.process import Child, Watch
from deploy.local.services import service_command
from services.shared.process.probe import probe
from tests.load.accounting import cpu_seconds, waiting_seconds
from tests.load.answers.wire import MODEL
from tests.load.child import OrderedChild, ordered_child
from tests.load.servers.running import process
from tests.support.accounts import NO_LIMITS
from tests.support.ports import free_port

_LOOPBACK: Final = "127.0.0.1"
_DATABASE: Final = "natter"
_MIGRATION_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What the parts have used of the machine, in seconds of CPU and of waiting."""

    ai: float
    gateway: float
    bus: float
    waited: float
    """How long ai was ready to run while no core was free."""
    clock: float

    def since(self, before: "Usage") -> "Usage":
        """Return what was added since then."""
        pairs = zip(astuple(self), astuple(before), strict=True)
        return Usage(*(now - then for now, then in pairs))


@dataclass(frozen=True, slots=True)
class Pids:
    """The processes whose CPU is counted."""

    ai: int
    gateway: int
    bus: int

    def usage(self) -> Usage:
        """Return what each has had so far."""
        return Usage(
            ai=cpu_seconds([self.ai]),
            gateway=cpu_seconds([self.gateway]),
            bus=cpu_seconds([self.bus]),
            waited=waiting_seconds(self.ai),
            clock=time.monotonic(),
        )


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack without web."""

    endpoint: OrderedChild
    desk: OrderedChild
    nats: NatsServer
    gateway_port: int
    key: str
    pids: Pids


@contextmanager
def running_stack(folder: Path, variables: Mapping[str, str]) -> Iterator[Stack]:
    """Run it until the body ends, the worker with these variables; raises StartError."""
    folder.mkdir(parents=True)
    key, gateway_port, ai_port = secrets.token_hex(32), free_port(), free_port()
    with (
        running_nats(folder / "nats", port=free_port()) as nats,
        ordered_child("tests.load.answers.endpoint") as endpoint,
        ordered_child("tests.load.answers.desk", nats.url("web")) as desk,
        _service("realtime", gateway_port, _gateway_variables(nats, key)) as gateway,
        _service("ai", ai_port, _ai_variables(nats, endpoint) | dict(variables)) as ai,
    ):
        yield Stack(endpoint, desk, nats, gateway_port, key, Pids(ai, gateway, nats.child.pid))


@dataclass(frozen=True, slots=True)
class Web:
    """A running web and its database."""

    port: int
    pid: int
    database: Postgres

    def ask_database(self, statement: str) -> str:
        """Run one statement and return what psql prints of it."""
        address = ("-h", str(self.database.socket_folder), "-U", SUPERUSER, "-d", _DATABASE)
        return run_program("psql", (*address, "-XAtc", statement), self.database.owner)


@contextmanager
def running_web(folder: Path, stack: Stack, *, replicas: int = 1) -> Iterator[Web]:
    """Run web and its database beside `stack`; of several, the first is given."""
    with running_postgres(folder / "postgres") as postgres, ExitStack() as opened:
        variables = _web_variables(postgres, stack)
        migration = service_command("migrate", "services.web", variables, "migrate")
        Child(migration, Watch()).wait_end(_MIGRATION_SECONDS)
        ports = [free_port() for _ in range(replicas)]
        pids = [opened.enter_context(_service("web", port, variables)) for port in ports]
        yield Web(ports[0], pids[0], postgres)


@contextmanager
def _service(name: str, port: int, variables: Mapping[str, str]) -> Iterator[int]:
    argv = (sys.executable, "-m", f"services.{name}")
    env = {**variables, f"NATTER_{name.upper()}_PORT": str(port)}
    with process(name, argv, env, lambda: probe(port) is None) as pid:
        yield pid


def _gateway_variables(nats: NatsServer, key: str) -> dict[str, str]:
    return {"NATS_URL": nats.url("realtime"), "NATTER_STREAM_KEYS": json.dumps([key])}


def _ai_variables(nats: NatsServer, endpoint: OrderedChild) -> dict[str, str]:
    port = endpoint.ask("listen")["port"]
    return {
        "NATS_URL": nats.url("ai"),
        "OPENAI_BASE_URL": f"http://{_LOOPBACK}:{port}/v1",
        "OPENAI_API_KEY": "bench",
        "OPENAI_MODEL": MODEL,
    }


def _web_variables(postgres: Postgres, stack: Stack) -> dict[str, str]:
    postgres.create_database(_DATABASE)
    return {
        "DATABASE_URL": postgres.url(_DATABASE),
        "NATS_URL": stack.nats.url("web"),
        "NATTER_STREAM_KEYS": json.dumps([stack.key]),
        **NO_LIMITS,
    }
