"""The gateway in `deploy/kubernetes`: how it is scaled, and how its pods start and end."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.realtime.settings import RealtimeSettings
from tests.load.child import ROOT
from tests.load.scaling.autoscaler import DEFAULT_DOWN, DEFAULT_UP, Policy, Rules, Target
from tests.support.yaml_files import parse_documents

_FOLDER: Final = ROOT / "deploy/kubernetes"
_DEPLOYMENT: Final = _FOLDER / "base/realtime.yaml"
_SCALED: Final = _FOLDER / "components/keda/realtime.yaml"

type Node = Any  # YAML, as it comes


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds in the life of a pod."""

    settling: float
    """From ready to available, which a rollout waits for."""
    leaving: float
    """From its removal to SIGTERM."""
    draining: float
    rotation: float


def target() -> Target:
    """Return KEDA's target: so many sockets a gateway."""
    spec = _document(_SCALED, "ScaledObject")["spec"]
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    (sockets,) = (t for t in spec["triggers"] if t["type"] == "prometheus")
    return Target(
        float(sockets["metadata"]["threshold"]),
        spec["minReplicaCount"],
        spec["maxReplicaCount"],
        rules(behavior.get("scaleUp"), DEFAULT_UP),
        rules(behavior.get("scaleDown"), DEFAULT_DOWN),
    )


def times() -> Times:
    """Return those of the Deployment, and of the gateway's own settings."""
    spec = _document(_DEPLOYMENT, "Deployment")["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    settings = RealtimeSettings.model_fields
    return Times(
        settling=spec.get("minReadySeconds", 0),
        leaving=container["lifecycle"]["preStop"]["sleep"]["seconds"],
        draining=settings["drain_seconds"].default,
        rotation=settings["rotate_seconds"].default,
    )


def rules(written: Node, default: Rules) -> Rules:
    """Read one direction of `behavior`; what it leaves out is the default."""
    if written is None:
        return default
    policies = tuple(
        Policy(each["type"], each["value"], each["periodSeconds"])
        for each in written.get("policies", ())
    )
    return Rules(
        written.get("stabilizationWindowSeconds", default.stabilization_seconds),
        policies or default.policies,
        written.get("selectPolicy", default.select),
    )


def _document(path: Path, kind: str) -> Node:
    (found,) = (each for each in parse_documents(path.read_text()) if each["kind"] == kind)
    return found
