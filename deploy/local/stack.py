"""The order in which the whole stack is started."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from deploy.local.banner import banner
from deploy.local.configuration import Configuration
from deploy.local.nats_server import USERS, running_nats
from deploy.local.ports import Port, free_ports
from deploy.local.postgres import running_postgres
from deploy.local.private_files import write_private
from deploy.local.process import Child
from deploy.local.readiness import answers_ok
from deploy.local.services import (
    Backends,
    ai_environment,
    demo_environment,
    realtime_environment,
    service_command,
    web_environment,
)
from deploy.local.settings import LOOPBACK, LocalSettings
from deploy.local.stream_keys import load_stream_keys
from deploy.local.supervisor import Supervisor

READY_SECONDS = 60.0
MIGRATION_SECONDS = 600.0
DATABASE = "natter"


def needed_ports(settings: LocalSettings) -> Iterator[Port]:
    """Yield the ports that the parts with these settings listen on."""
    yield Port("web", settings.web_host, settings.web_port, "NATTER_WEB_PORT")
    yield Port("realtime", settings.realtime_host, settings.realtime_port, "NATTER_REALTIME_PORT")
    yield Port("ai", settings.ai_host, settings.ai_port, "NATTER_AI_PORT")
    if settings.nats_url is None:
        yield Port("NATS", LOOPBACK, settings.nats_port, "NATTER_NATS_PORT")
    if settings.uses_demo:
        yield Port("the demo endpoint", LOOPBACK, settings.demo_port, "NATTER_DEMO_PORT")


def choose_ports(settings: LocalSettings) -> LocalSettings:
    """Give a free port to each part whose port is 0."""
    unset = [port for port in needed_ports(settings) if port.number == 0]
    numbers = free_ports([port.host for port in unset])
    fields = [port.variable.removeprefix("NATTER_").lower() for port in unset]
    return settings.model_copy(update=dict(zip(fields, numbers, strict=True)))


def stack(configuration: Configuration) -> Callable[[Supervisor], None]:
    """Return the routine that starts everything and prints the banner."""
    settings, inherited = configuration.settings, configuration.inherited

    def start(supervisor: Supervisor) -> None:
        backends = _backends(supervisor, settings)
        demo = _start_demo(supervisor, settings, inherited)
        _start_services(supervisor, settings, inherited, backends)
        if demo is not None:
            _await_ready(demo, LOOPBACK, settings.demo_port, "/v1/models")
        supervisor.console.say(banner(settings, configuration.ai))

    return start


def _backends(supervisor: Supervisor, settings: LocalSettings) -> Backends:
    database_url, nats_urls = _database(supervisor, settings), _bus(supervisor, settings)
    if settings.stream_keys is not None:
        return Backends(database_url, nats_urls, settings.stream_keys.get_secret_value())
    return Backends(database_url, nats_urls, load_stream_keys(settings.data_dir))


def _database(supervisor: Supervisor, settings: LocalSettings) -> str:
    if settings.database_url is not None:
        supervisor.console.say("PostgreSQL: yours, by DATABASE_URL.")
        return settings.database_url.get_secret_value()
    folder = settings.data_dir / "postgres"
    first = "" if folder.exists() else ", creating its data (a few seconds)"
    with _timed(supervisor, f"PostgreSQL{first}"):
        server = supervisor.enter(running_postgres(folder, watch=supervisor.watch))
        server.create_database(DATABASE)
    return server.url(DATABASE)


def _bus(supervisor: Supervisor, settings: LocalSettings) -> dict[str, str]:
    if settings.nats_url is not None:
        supervisor.console.say("NATS: yours, by NATS_URL.")
        return dict.fromkeys(USERS, settings.nats_url.get_secret_value())
    folder = settings.data_dir / "nats"
    with _timed(supervisor, "NATS"):
        server = supervisor.enter(
            running_nats(folder, port=settings.nats_port, watch=supervisor.watch)
        )
    for user in ("publisher", "operator"):
        note = settings.data_dir / f"{user}.env"
        write_private(note, f"NATS_URL={server.url(user)}\n")
    return {user: server.url(user) for user in USERS}


def _start_demo(
    supervisor: Supervisor, settings: LocalSettings, inherited: Mapping[str, str]
) -> Child | None:
    if not settings.uses_demo:
        return None
    environment = demo_environment(settings, inherited)
    return supervisor.launch(service_command("demo", "services.demo", environment))


def _start_services(
    supervisor: Supervisor,
    settings: LocalSettings,
    inherited: Mapping[str, str],
    backends: Backends,
) -> None:
    for_web = web_environment(settings, inherited, backends)
    for_realtime = realtime_environment(settings, inherited, backends)
    for_ai = ai_environment(settings, inherited, backends)
    with _timed(supervisor, "the database's migrations"):
        migration = service_command("migrate", "services.web", for_web, "migrate")
        supervisor.launch(migration).wait_end(MIGRATION_SECONDS)
    with _timed(supervisor, "web"):
        web = supervisor.launch(service_command("web", "services.web", for_web))
        _await_ready(web, settings.web_host, settings.web_port)
    with _timed(supervisor, "realtime and ai"):
        realtime = supervisor.launch(service_command("realtime", "services.realtime", for_realtime))
        ai = supervisor.launch(service_command("ai", "services.ai", for_ai))
        _await_ready(realtime, settings.realtime_host, settings.realtime_port)
        _await_ready(ai, settings.ai_host, settings.ai_port)
    supervisor.keep(web, realtime, ai)


def _await_ready(child: Child, host: str, port: int, path: str = "/ready") -> None:
    child.wait_until(lambda: answers_ok(host, port, path), READY_SECONDS)


@contextmanager
def _timed(supervisor: Supervisor, what: str) -> Iterator[None]:
    supervisor.console.say(f"Starting {what} …")
    began = time.monotonic()
    yield
    supervisor.console.say(f"{what.partition(',')[0]} ready in {time.monotonic() - began:.1f} s")
