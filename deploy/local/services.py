"""The services' commands and environments, each without the secrets of the others."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.process import Command
from deploy.local.settings import LOOPBACK, LocalSettings
from services.shared.process.setting_files import SUFFIX

ROOT = Path(__file__).resolve().parents[2]
# Addresses and secrets: each is passed on only to the service that needs it.
_WITHHELD = ("DATABASE_URL", "NATS_URL", "NATTER_STREAM_KEYS", "OPENAI_", "PG")
SETUP_CODE = "NATTER_WEB_SETUP_CODE"
_OWN = ("NATTER_WEB_", "NATTER_REALTIME_", "NATTER_AI_", "NATTER_DEMO_")


@dataclass(frozen=True, slots=True)
class Backends:
    """The address of PostgreSQL, that of NATS for each user, and the stream keys as JSON.

    With accounts, `setup_code` lets the first administrator in.
    """

    database_url: str
    nats_urls: Mapping[str, str]
    stream_keys: str
    setup_code: str | None = None


def service_command(name: str, module: str, env: Mapping[str, str], *arguments: str) -> Command:
    """Run a module of the project with this Python; a command with arguments runs to its end."""
    argv = (sys.executable, "-m", module, *arguments)
    return Command(name, argv, env, cwd=ROOT, runs_to_its_end=bool(arguments))


def demo_environment(settings: LocalSettings, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the demo endpoint."""
    return _merged(
        _common("NATTER_DEMO_", inherited), {"NATTER_DEMO_PORT": str(settings.demo_port)}
    )


def web_environment(
    settings: LocalSettings, inherited: Mapping[str, str], backends: Backends
) -> dict[str, str]:
    """Return the environment of web: only it knows the database."""
    libpq = _names(inherited, "PG") if settings.database_url else {}
    gateway = f"ws://{settings.gateway_host}:{settings.realtime_port}"
    # Below a path, web is behind a proxy, which leads to the gateway as well.
    own_gateway = {} if settings.web_base_path else {"NATTER_WEB_REALTIME_URL": gateway}
    setup = {} if backends.setup_code is None else {SETUP_CODE: backends.setup_code}
    defaults = {
        "NATTER_WEB_HOST": settings.web_host,
        "NATTER_WEB_SINGLE_USER": "true",
        **own_gateway,
        **setup,
        "NATTER_WEB_DEMO": "true" if settings.uses_demo else "false",
        "NATTER_WEB_ALLOWED_HOSTS": json.dumps(_web_hosts(settings)),
    }
    decided = {
        "NATTER_WEB_PORT": str(settings.web_port),
        "DATABASE_URL": backends.database_url,
        "NATS_URL": backends.nats_urls["web"],
        "NATTER_STREAM_KEYS": backends.stream_keys,
    }
    return _merged(defaults, libpq, _common("NATTER_WEB_", inherited), decided)


def realtime_environment(
    settings: LocalSettings, inherited: Mapping[str, str], backends: Backends
) -> dict[str, str]:
    """Return the environment of the gateway."""
    hosts = () if settings.web_base_path else _web_hosts(settings)
    origins = [f"http://{host}:{settings.web_port}" for host in hosts]
    defaults = {
        "NATTER_REALTIME_HOST": settings.gateway_host,
        "NATTER_REALTIME_ALLOWED_ORIGINS": json.dumps(origins),
        # There is no other gateway to which pages could move.
        "NATTER_REALTIME_DRAIN_SECONDS": "0",
        # One address may open this many, and every system has descriptors for them.
        "NATTER_REALTIME_MAX_SOCKETS": "1000",
    }
    decided = {
        "NATTER_REALTIME_PORT": str(settings.realtime_port),
        "NATS_URL": backends.nats_urls["realtime"],
        "NATTER_STREAM_KEYS": backends.stream_keys,
    }
    return _merged(defaults, _common("NATTER_REALTIME_", inherited), decided)


def ai_environment(
    settings: LocalSettings, inherited: Mapping[str, str], backends: Backends
) -> dict[str, str]:
    """Return the environment of ai: only it knows the model's endpoint and key."""
    endpoint = {name: value for name, value in _names(inherited, "OPENAI_").items() if value}
    if settings.uses_demo:
        endpoint = {"NATTER_AI_DEMO_URL": f"http://{LOOPBACK}:{settings.demo_port}/v1"}
    decided = {
        "NATTER_AI_PORT": str(settings.ai_port),
        **endpoint,
        "NATS_URL": backends.nats_urls["ai"],
    }
    defaults = {"NATTER_AI_HOST": settings.ai_host}
    return _merged(defaults, _common("NATTER_AI_", inherited), decided)


def _web_hosts(settings: LocalSettings) -> list[str]:
    return list(dict.fromkeys((settings.web_host, LOOPBACK, "localhost")))


def _merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """Merge `layers`: the last one that has a setting wins, by its name or by its file's."""
    environment: dict[str, str] = {}
    for layer in layers:
        for name in layer:
            environment.pop(name.removesuffix(SUFFIX), None)
            environment.pop(name + SUFFIX, None)
        environment.update(layer)
    return environment


def _common(own: str, inherited: Mapping[str, str]) -> dict[str, str]:
    # An empty variable is an unset one: it must not undo what the launcher chose.
    others = tuple(prefix for prefix in _OWN if prefix != own)
    shared = {
        name: value
        for name, value in inherited.items()
        if not name.startswith((*_WITHHELD, *others)) and (value or not name.startswith(own))
    }
    # The launcher reads UTF-8, whatever the encoding of its own terminal.
    return {**shared, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}


def _names(inherited: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name: value for name, value in inherited.items() if name.startswith(prefix)}
