"""Starts the whole stack, in order."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from deploy.local.banner import banner
from deploy.local.configuration import Configuration
from deploy.local.first_account import needed_code
from deploy.local.nats_server import USERS, running_nats
from deploy.local.ports import Port, free_ports
from deploy.local.postgres import running_postgres
from deploy.local.private_files import write_private
from deploy.local.process import Child
from deploy.local.services import (
    Backends,
    ai_environment,
    demo_environment,
    realtime_environment,
    service_command,
    web_environment,
)
from deploy.local.settings import LOOPBACK, LocalSettings
from deploy.local.setup_code import load_setup_code
from deploy.local.stream_keys import load_stream_keys
from deploy.local.supervisor import Supervisor
from deploy.local.watching import front_end_command, is_built_since, watching
from services.shared.process.probe import probe

READY_SECONDS = 60.0
MIGRATION_SECONDS = 600.0
DATABASE = "natter"


def needed_ports(settings: LocalSettings) -> Iterator[Port]:
    """Yield the ports that the parts with these settings listen on."""
    yield Port("web", settings.web_host, settings.web_port, "NATTER_WEB_PORT")
    yield Port("realtime", settings.gateway_host, settings.realtime_port, "NATTER_REALTIME_PORT")
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
    settings = configuration.settings

    def start(supervisor: Supervisor) -> None:
        backends = _backends(supervisor, configuration)
        demo = _start_demo(supervisor, configuration)
        _build_front_end(supervisor, configuration)
        _start_services(supervisor, configuration, backends)
        if demo is not None:
            _await_ready(demo, LOOPBACK, settings.demo_port, "/v1/models")
        code = needed_code(backends, configuration.inherited)
        supervisor.console.say(banner(settings, configuration.ai, code))

    return start


def _backends(supervisor: Supervisor, configuration: Configuration) -> Backends:
    settings = configuration.settings
    own_keys = settings.stream_keys
    return Backends(
        _database(supervisor, settings),
        _bus(supervisor, settings),
        load_stream_keys(settings.data_dir) if own_keys is None else own_keys.get_secret_value(),
        load_setup_code(settings.data_dir) if configuration.has_accounts else None,
    )


def _database(supervisor: Supervisor, settings: LocalSettings) -> str:
    if settings.database_url is not None:
        supervisor.console.say("PostgreSQL: yours, by DATABASE_URL.")
        return settings.database_url.get_secret_value()
    folder = settings.data_dir / "postgres"
    first = "" if folder.exists() else ", creating its data (a few seconds)"
    with _timed(supervisor, f"PostgreSQL{first}"):
        server = supervisor.enter(running_postgres(folder, watch=supervisor.watch))
        server.create_database(DATABASE)
    url = server.url(DATABASE)
    write_private(settings.data_dir / "database.env", f"DATABASE_URL={url}\n")
    return url


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
        write_private(settings.data_dir / f"{user}.env", f"NATS_URL={server.url(user)}\n")
    return {user: server.url(user) for user in USERS}


def _start_demo(supervisor: Supervisor, configuration: Configuration) -> Child | None:
    if not configuration.settings.uses_demo:
        return None
    environment = demo_environment(configuration.settings, configuration.inherited)
    return _launch_service(supervisor, configuration, "demo", environment)


def _build_front_end(supervisor: Supervisor, configuration: Configuration) -> None:
    if configuration.watch:
        with _timed(supervisor, "the front end's build"):
            began = time.time()
            builder = supervisor.launch(front_end_command(configuration.inherited))
            builder.wait_until(lambda: is_built_since(began), READY_SECONDS)


def _start_services(
    supervisor: Supervisor, configuration: Configuration, backends: Backends
) -> None:
    settings, inherited = configuration.settings, configuration.inherited
    for_web = web_environment(settings, inherited, backends)
    for_realtime = realtime_environment(settings, inherited, backends)
    for_ai = ai_environment(settings, inherited, backends)
    with _timed(supervisor, "the database's migrations"):
        migration = service_command("migrate", "services.web", for_web, "migrate")
        supervisor.launch(migration).wait_end(MIGRATION_SECONDS)
    with _timed(supervisor, "web"):
        web = _launch_service(supervisor, configuration, "web", for_web)
        _await_ready(web, settings.web_host, settings.web_port)
    with _timed(supervisor, "realtime and ai"):
        realtime = _launch_service(supervisor, configuration, "realtime", for_realtime)
        ai = _launch_service(supervisor, configuration, "ai", for_ai)
        _await_ready(realtime, settings.gateway_host, settings.realtime_port)
        _await_ready(ai, settings.ai_host, settings.ai_port)
    supervisor.keep(web, realtime, ai)


def _launch_service(
    supervisor: Supervisor, configuration: Configuration, name: str, environment: Mapping[str, str]
) -> Child:
    command = service_command(name, f"services.{name}", environment)
    return supervisor.launch(watching(command) if configuration.watch else command)


def _await_ready(child: Child, host: str, port: int, path: str = "/ready") -> None:
    child.wait_until(lambda: probe(port, path, host=host) is None, READY_SECONDS)


@contextmanager
def _timed(supervisor: Supervisor, what: str) -> Iterator[None]:
    supervisor.console.say(f"Starting {what} …")
    began = time.monotonic()
    yield
    supervisor.console.say(f"{what.partition(',')[0]} ready in {time.monotonic() - began:.1f} s")
