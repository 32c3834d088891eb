"""Checks that a container's environment has the settings a service needs, and no others."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from services.shared.process.settings import ServiceSettings, variable_names
from tests.support.kubernetes.applications import SETTINGS
from tests.support.kubernetes.containers import (
    environment,
    files,
    holdings,
    placed,
)
from tests.support.kubernetes.objects import Render, Workload, name_of
from tests.support.kubernetes.references import references
from tests.support.printed import ROOT

CADDYFILE: Final = ROOT / "deploy" / "proxy" / "Caddyfile"
# Who reads these is not ours: uvicorn, and OpenTelemetry its own.
READ_BY_OTHERS: Final = {"FORWARDED_ALLOW_IPS"}
OF_OPENTELEMETRY: Final = "OTEL_"
# They have no settings class: what they read stands in OF_OTHERS.
_COMMANDS: Final = {"natter", "natter-jobs"}
# Whose Secrets a workload may see.
OWN_SECRETS: Final = {
    "web": {"web"},
    "migrate": {"web"},
    "realtime": {"realtime"},
    "ai": {"ai"},
    "demo": set[str](),
    "nats": {"nats"},
    "postgres": {"postgres"},
    "proxy": set[str](),
    "natter": {"tools"},
    "natter-jobs": {"tools"},
    "backup": {"web"},
}
OF_OTHERS: Final = {
    "natter": {"NATS_URL_FILE", "NATTER_DATA_DIR"},
    "natter-jobs": {"NATS_URL_FILE", "NATTER_DATA_DIR"},
    "proxy": {"GOMEMLIMIT", *re.findall(r"\{\$([A-Z_]+)", CADDYFILE.read_text())},
    "postgres": {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD_FILE", "PGDATA"},
    "nats": {
        "GOMEMLIMIT",
        "POD_NAME",
        "NATTER_NATS_ROUTES",
        *(
            f"NATTER_NATS_{user}_PASSWORD"
            for user in ("WEB", "REALTIME", "AI", "PUBLISHER", "OPERATOR", "CLUSTER")
        ),
    },
}


def refused(render: Render) -> Iterator[str]:
    """Yield what is wrong with a container's environment by the service's settings."""
    for workload in render.workloads():
        settings = SETTINGS.get(workload.service)
        if settings is None or workload.name in _COMMANDS:
            continue
        for fault in _faults(render, workload, settings):
            yield f"{workload.name}: {fault}"


def told(render: Render, workload: Workload) -> dict[str, str]:
    """Return the environment of a workload's main container."""
    return environment(workload.main, holdings(render))


def _faults(render: Render, workload: Workload, settings: type[ServiceSettings]) -> Iterator[str]:
    variables = told(render, workload)
    known = variable_names(settings) | READ_BY_OTHERS
    for name in sorted(variables.keys() - known):
        if not name.startswith(OF_OPENTELEMETRY):
            yield f"{name} is no setting"
    container = workload.main
    given = dict(files(workload, container, holdings(render)))
    with TemporaryDirectory() as folder:
        yield from _said(settings, placed(Path(folder), variables, given))


def _said(settings: type[ServiceSettings], variables: Mapping[str, str]) -> Iterator[str]:
    """Load the settings in exactly this environment; yield what they say against it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.environ", dict(variables))
        try:
            settings.load()
        except SystemExit as refusal:
            yield str(refusal.code)


def overheard(render: Render) -> Iterator[str]:
    """Yield each Secret that a workload sees and that is another's."""
    databases = {f"{name_of(one)}-app" for one in render.of("Cluster")}
    for workload in render.workloads():
        allowed = OWN_SECRETS.get(workload.name, set[str]())
        allowed = allowed | databases if workload.service == "web" else allowed
        for kind, name, _, _ in references(workload):
            if kind == "Secret" and name not in allowed:
                yield f"{workload.name} sees the Secret {name}"


def unknown(render: Render) -> Iterator[str]:
    """Yield each variable of PostgreSQL and NATS that they do not read."""
    for workload in render.workloads():
        if known := OF_OTHERS.get(workload.name):
            for name in sorted(told(render, workload).keys() - known):
                yield f"{workload.name}: nobody reads {name}"
