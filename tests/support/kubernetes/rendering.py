"""Renders overlays with the kubectl of this environment, without any network."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from tests.support.kubernetes.made_secrets import made_secrets
from tests.support.kubernetes.objects import NAMESPACE, Render
from tests.support.printed import ROOT
from tests.support.yaml_files import parse_documents

MANIFESTS: Final = ROOT / "deploy" / "kubernetes"
BASE: Final = MANIFESTS / "base"
COMPONENTS: Final = MANIFESTS / "components"
OVERLAYS: Final = MANIFESTS / "overlays"
KUBECTL: Final = Path(sys.executable).parent / "kubectl"
RENDER_SECONDS: Final = 300
# What a person says of an endpoint, beside its key.
MODEL: Final = "gpt-5"
# What the ConfigMap `exposure` of an overlay says that leads in from outside.
EXPOSED: Final = {
    "host": "chat.example.org",
    "gateway": "public",
    "gateway_namespace": "gateways",
    "ingress_class": "traefik",
}
# Whatever would be fetched meets a proxy that is not there.
_NO_NETWORK: Final = dict.fromkeys(
    ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9"
)


class RenderError(AssertionError):
    """An overlay could not be rendered; the text is what kustomize said."""


def kubectl(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the pinned kubectl with no cluster, no home and no network."""
    with TemporaryDirectory() as home:
        return subprocess.run(
            (KUBECTL, *arguments),
            cwd=folder,
            env={"HOME": home, "KUBECONFIG": f"{home}/none", "PATH": "", **_NO_NETWORK},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RENDER_SECONDS,
            check=False,
        )


def render_folder(folder: Path) -> Render:
    """Render an overlay; raises RenderError with what kustomize said."""
    done = kubectl("kustomize", str(folder))
    if done.returncode:
        raise RenderError(done.stderr)
    objects = parse_documents(done.stdout)
    # Who has the demo names no endpoint, and so has no key.
    return Render(objects, made_secrets(with_key=not Render(objects).has("demo")))


@cache
def overlay(name: str) -> Render:
    """Render one of the overlays that are delivered, once."""
    return render_folder(OVERLAYS / name)


@cache
def combined(*components: str, is_exposed: bool = False) -> Render:
    """Render base and components as a small overlay would, once.

    `is_exposed` says where it is reached from outside.
    """
    with own_overlay(components, is_exposed=is_exposed) as folder:
        return render_folder(folder)


@contextmanager
def own_overlay(
    components: tuple[str, ...], *, is_exposed: bool, more: Mapping[str, Any] | None = None
) -> Iterator[Path]:
    """Write an overlay of base and components into a folder that is there meanwhile."""
    with TemporaryDirectory() as place:
        folder = Path(place).resolve()
        content: dict[str, Any] = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": NAMESPACE,
            "resources": [_leading_to(BASE, folder)],
            "components": [_leading_to(COMPONENTS / one, folder) for one in components],
            **(more or {}),
        }
        content["configMapGenerator"] = list(_said(components, is_exposed=is_exposed))
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
        yield folder


def _said(components: tuple[str, ...], *, is_exposed: bool) -> Iterator[dict[str, Any]]:
    """Yield the ConfigMaps in which people say what they have to."""
    if is_exposed:
        literals = [f"{name}={value}" for name, value in EXPOSED.items()]
        yield {"name": "exposure", "literals": literals}
    if "demo" not in components:
        yield {"name": "ai", "behavior": "merge", "literals": [f"OPENAI_MODEL={MODEL}"]}


def _leading_to(target: Path, folder: Path) -> str:
    """Return a relative path: kustomize takes no other for a folder."""
    return os.path.relpath(target, folder)


def overlays() -> list[str]:
    """Return the overlays that are delivered."""
    return sorted(path.name for path in OVERLAYS.iterdir() if path.is_dir())


def components() -> list[str]:
    """Return the components that are delivered."""
    return sorted(path.name for path in COMPONENTS.iterdir() if path.is_dir())


def kustomizations() -> list[Path]:
    """List every kustomization below deploy."""
    return sorted((ROOT / "deploy").rglob("kustomization.yaml"))
