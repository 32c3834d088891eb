"""Alert rules, dashboard and guide agree with each other and with the settings."""

import json
import re

from services.ai.settings import AiSettings
from services.realtime.settings import RealtimeSettings
from services.web.settings import WebSettings
from tests.support.alerting import (
    CONFIGURATION,
    DASHBOARD,
    FOLDER,
    alerts,
    expressions,
    named_in,
    panels,
)
from tests.support.printed import ROOT
from tests.support.yaml_files import read_yaml

GUIDE = ROOT / "deploy" / "README.md"
LIMITS = {
    "GatewayNearlyFull": "natter_realtime_sockets_limit",
    "GatewayFull": "natter_realtime_sockets_limit",
    "PoolExhausted": "natter_web_pool_limit",
    "WorkersFull": "natter_ai_answers_limit",
    "FewDescriptors": "process_max_fds",
}


def anchor(heading: str) -> str:
    """The name that GitHub gives to a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_alert_names_its_paragraph_in_the_guide_and_the_guide_no_other() -> None:
    headings = re.findall(r"^#### (.+)$", GUIDE.read_text(), re.MULTILINE)
    explained = [anchor(heading) for heading in headings if heading.startswith("Alert: ")]
    named = [alert.description.rpartition("deploy/README.md#")[2] for alert in alerts()]
    assert named == [anchor(f"Alert: {alert.name}") for alert in alerts()]
    assert explained == named


def test_every_alert_says_how_bad_it_is_and_what_it_is() -> None:
    assert len(alerts()) > 20
    for alert in alerts():
        assert alert.severity in {"critical", "warning"}, alert.name
        assert re.fullmatch(r"\d+[sm]", alert.waits), alert.name
        assert alert.summary, alert.name


def test_what_is_nearly_used_up_is_judged_by_the_limit_that_is_set() -> None:
    by_name = {alert.name: alert.expression for alert in alerts()}
    for name, limit in LIMITS.items():
        assert limit in {named.metric for named in named_in(by_name[name])}, name


def test_services_are_found_by_their_names_at_the_ports_that_are_their_defaults() -> None:
    ports = {
        "web": WebSettings.model_fields["port"].default,
        "realtime": RealtimeSettings.model_fields["port"].default,
        "ai": AiSettings.model_fields["port"].default,
    }
    found = {}
    for job in read_yaml(CONFIGURATION)["scrape_configs"]:
        (lookup,) = job["dns_sd_configs"]
        assert (lookup["names"], lookup["type"]) == ([job["job_name"]], "A")
        found[job["job_name"]] = lookup["port"]
    assert found == ports


def test_the_override_mounts_each_file_that_there_is() -> None:
    override = read_yaml(ROOT / "deploy" / "compose" / "observability.yaml")
    folder = ROOT / "deploy" / "compose"
    mounted = {(folder / one["file"]).resolve() for one in override["configs"].values()}
    for_kubernetes = {FOLDER / "kustomization.yaml"}
    assert mounted == {path for path in FOLDER.rglob("*") if path.is_file()} - for_kubernetes
    used = [
        one["source"] for part in override["services"].values() for one in part.get("configs", ())
    ]
    assert sorted(used) == sorted(override["configs"])


def test_what_is_published_is_published_on_loopback_alone() -> None:
    override = read_yaml(ROOT / "deploy" / "compose" / "observability.yaml")
    ports = [port for part in override["services"].values() for port in part.get("ports", ())]
    assert {port["target"] for port in ports} == {9090, 3000}
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_what_is_added_is_hardened_and_bounded() -> None:
    override = read_yaml(ROOT / "deploy" / "compose" / "observability.yaml")
    for name in ("prometheus", "grafana"):
        part = override["services"][name]
        assert part["read_only"], name
        assert part["init"], name
        assert part["cap_drop"] == ["ALL"], name
        assert part["security_opt"] == ["no-new-privileges:true"], name
        assert int(str(part["user"]).partition(":")[0]) > 0, name
        assert set(part["deploy"]["resources"]["limits"]) == {"memory", "pids"}, name
        assert part["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name
    command = " ".join(override["services"]["prometheus"]["command"])
    assert "--storage.tsdb.retention.time=" in command
    assert "--storage.tsdb.retention.size=" in command


def test_prometheus_reaches_what_it_asks_and_the_internet_is_not_reached() -> None:
    override = read_yaml(ROOT / "deploy" / "compose" / "observability.yaml")
    of_each = {name: set(part["networks"]) for name, part in override["services"].items()}
    assert of_each.pop("prometheus") == {"metrics", "dashboards"}
    assert of_each.pop("grafana") == {"dashboards"}
    assert of_each == {name: {"metrics"} for name in ("web", "realtime", "ai")}
    assert override["networks"]["metrics"] == {"internal": True}
    masquerade = override["networks"]["dashboards"]["driver_opts"]
    assert masquerade == {"com.docker.network.bridge.enable_ip_masquerade": "false"}


def test_every_panel_has_a_title_of_its_own_and_heeds_the_chosen_instance() -> None:
    shown = json.loads(DASHBOARD.read_text())["panels"]
    titles = [panel["title"] for panel in shown if panel["type"] != "row"]
    assert len(titles) == len(set(titles))
    assert [panel["title"] for panel in shown if panel["type"] == "row"] == [
        "Pages",
        "Sockets",
        "Answers",
        "Bus",
        "Process",
    ]
    for title, asked in panels().items():
        for expression in asked:
            for named in named_in(expression):
                assert named.labels.get("instance") == ".*", f"{title}: {named.metric}"


def test_there_is_something_to_look_at() -> None:
    assert len(list(expressions())) > 70
