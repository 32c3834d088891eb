"""Where the manifests say what other files of the project say: word for word the same."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from services.demo.settings import DemoSettings
from tests.support.alerting import RULES
from tests.support.kubernetes.containers import files, holdings
from tests.support.kubernetes.objects import Render, selects
from tests.support.kubernetes.settings import told
from tests.support.printed import ROOT
from tests.support.yaml_files import read_yaml

NATS_CONF: Final = ROOT / "deploy" / "nats" / "nats.conf"
_SIZE: Final = {"Mi": 1, "MiB": 1, "Gi": 1024, "GiB": 1024}
METRICS: Final = ("web", "realtime", "ai")


def other_bus(render: Render) -> Iterator[str]:
    """Yield where NATS has another configuration than everywhere else."""
    if not render.has("nats"):
        return
    if NATS_CONF.read_text() != _files(render).get("nats.conf"):
        yield "nats has a configuration of its own"
    if _main_file(render) not in _files(render):
        yield "nats does not read its configuration"


def bus_configuration(render: Render) -> str:
    """Return nats-server's configuration: the file of its argument, and those it includes."""
    return _included(_main_file(render), _files(render))


def _included(name: str, given: Mapping[str, str]) -> str:
    text = given.get(name, "")
    inner = re.findall(r"^include (\S+)$", text, re.MULTILINE)
    return "\n".join((text, *(_included(one, given) for one in inner)))


def _main_file(render: Render) -> str:
    main = render.workload("nats").main
    command = [*main.get("command", ()), *main.get("args", ())]
    path: str = command[command.index("-c") + 1] if "-c" in command else ""
    return path.removeprefix("/etc/nats/")


def _files(render: Render) -> dict[str, str]:
    """Return the configuration files of nats by their names."""
    nats = render.workload("nats")
    given = dict(files(nats, nats.main, holdings(render)))
    return {path.removeprefix("/etc/nats/"): text for path, text in given.items()}


def _read_by_bus(render: Render) -> set[str]:
    return set(re.findall(r"\$(NATTER_NATS_\w+)", bus_configuration(render)))


def unknown_users(render: Render) -> Iterator[str]:
    """Yield each variable that the configuration of NATS reads and nobody gives it."""
    if not render.has("nats"):
        return
    given = {one["name"] for one in render.workload("nats").main.get("env", ())}
    for name in sorted(_read_by_bus(render) - given):
        yield f"nats is not given {name}"


def crowded(render: Render) -> Iterator[str]:
    """Yield a NATS whose Go takes more memory than its limit leaves it."""
    if not render.has("nats"):
        return
    nats = render.workload("nats")
    limit = megabytes(nats.main["resources"]["limits"]["memory"])
    goal = megabytes(told(render, nats).get("GOMEMLIMIT", "1000Gi"))
    if goal > 0.9 * limit:
        yield f"nats collects garbage at {goal} MiB of {limit}"


def megabytes(size: str) -> int:
    """Return a size that is written as `512Mi` or `900MiB`."""
    found = re.fullmatch(r"(\d+)([MG]iB?)", size)
    assert found, size
    return int(found[1]) * _SIZE[found[2]]


def other_demo(render: Render) -> Iterator[str]:
    """Yield where ai does not find the demo, or web does not say that it answers."""
    named = {name: told(render, render.workload(name)) for name in ("web", "ai")}
    url = f"http://demo:{DemoSettings.model_fields['port'].default}/v1"
    there = render.has("demo")
    if (named["ai"].get("NATTER_AI_DEMO_URL") == url) != there:
        yield f"ai asks {named['ai'].get('NATTER_AI_DEMO_URL')}"
    if (named["web"].get("NATTER_WEB_DEMO") == "true") != there:
        yield "web does not say who answers"


def other_alerts(render: Render) -> Iterator[str]:
    """Yield where the alerts are not those that Prometheus has beside the compose stack."""
    groups = [group for one in render.of("PrometheusRule") for group in one["spec"]["groups"]]
    if groups and groups != read_yaml(RULES)["groups"]:
        yield "the alerts are others"


def unwatched(render: Render) -> Iterator[str]:
    """Yield each service whose metrics nobody reads, though somebody reads others'."""
    monitors = render.of("PodMonitor")
    if not monitors:
        return
    for name in METRICS:
        labels = render.workload(name).labels
        ports = [
            (end["port"], end.get("path", "/metrics"))
            for one in monitors
            if selects(one["spec"]["selector"], labels)
            for end in one["spec"]["podMetricsEndpoints"]
        ]
        if ports != [("http", "/metrics")]:
            yield f"the metrics of {name} are read at {ports}"
