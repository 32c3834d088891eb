"""The kinds that extensions of Kubernetes define, and what is wrong with an object of one."""

from collections.abc import Iterator
from typing import Final

from tests.support.kubernetes.custom_shapes import (
    CLUSTER,
    HTTP_ROUTE,
    POD_MONITOR,
    PROMETHEUS_RULE,
    SCALED_OBJECT,
    SERVICE_MONITOR,
    STRINGS,
    TRIGGERS,
)
from tests.support.kubernetes.objects import Object
from tests.support.kubernetes.shapes import Shape, faults

KINDS: Final[dict[tuple[str, str], Shape]] = {
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): HTTP_ROUTE,
    ("keda.sh/v1alpha1", "ScaledObject"): SCALED_OBJECT,
    ("postgresql.cnpg.io/v1", "Cluster"): CLUSTER,
    ("monitoring.coreos.com/v1", "PodMonitor"): POD_MONITOR,
    ("monitoring.coreos.com/v1", "ServiceMonitor"): SERVICE_MONITOR,
    ("monitoring.coreos.com/v1", "PrometheusRule"): PROMETHEUS_RULE,
}


def faults_of(one: Object) -> Iterator[str]:
    """Yield what is wrong with an object of a kind of these."""
    metadata: Shape = {
        "name!": str,
        "namespace": str,
        "labels": STRINGS,
        "annotations": STRINGS,
    }
    whole: Shape = {
        "apiVersion!": str,
        "kind!": str,
        "metadata!": metadata,
        "spec!": KINDS[one["apiVersion"], one["kind"]],
    }
    yield from faults(one, whole, one["kind"])
    for trigger in one.get("spec", {}).get("triggers", ()):
        yield from faults(
            trigger.get("metadata"), TRIGGERS.get(trigger.get("type"), {}), trigger.get("type", "")
        )
