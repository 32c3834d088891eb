"""The connections of a render: between its pods, and to those outside."""

from collections.abc import Iterator
from typing import Final

from tests.support.kubernetes.objects import NAMESPACE, Render, name_of
from tests.support.kubernetes.policies import Network, Place, network
from tests.support.kubernetes.ports import ports_of

type Arrow = tuple[str, str, str, int]
"""From, to, protocol and port."""

_NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
# Pods of Natter are numbered from here on.
_FIRST_ADDRESS: Final = 10
INTERNET, NODE_CACHE, METADATA = "the internet", "a node's DNS cache", "the cloud's metadata"
ROUTER, STRANGER = "a Gateway", "a stranger"
MONITORING, KEDA, DNS, OPERATOR = "monitoring", "keda", "DNS", "cnpg-system"
DATABASE: Final = "natter-db"
_NAMESPACES: Final = {
    MONITORING: ("monitoring", {}),
    KEDA: ("keda", {}),
    DNS: ("kube-system", {"k8s-app": "kube-dns"}),
    OPERATOR: ("cnpg-system", {}),
    STRANGER: ("default", {}),
}
_ADDRESSES: Final = {
    INTERNET: "203.0.113.7",
    NODE_CACHE: "169.254.20.10",
    METADATA: "169.254.169.254",
}
PORTS: Final = (
    53,
    80,
    443,
    4222,
    5432,
    6222,
    6443,
    8000,
    8001,
    8002,
    8003,
    8080,
    8222,
    9090,
    65535,
)
PROTOCOLS: Final = ("TCP", "UDP")


def places(render: Render) -> list[Place]:
    """Return the pods of a render, and the places outside."""
    return [*_pods(render), *_operators_pods(render), *_outsiders()]


def _pods(render: Render) -> Iterator[Place]:
    for number, one in enumerate(render.workloads(), _FIRST_ADDRESS):
        address = f"10.244.0.{number}"
        yield _own(one.name, address, dict(one.labels), ports_of(one))


def _operators_pods(render: Render) -> Iterator[Place]:
    for one in render.of("Cluster"):
        labels = {"cnpg.io/cluster": name_of(one)}
        yield _own(name_of(one), "10.244.0.200", labels, {"postgresql": 5432, "status": 8000})


def _own(name: str, address: str, labels: dict[str, str], ports: dict[str, int]) -> Place:
    of_namespace = {_NAMESPACE_LABEL: NAMESPACE}
    return Place(name, address, labels, NAMESPACE, of_namespace, ports)


def _outsiders() -> Iterator[Place]:
    for number, (name, (namespace, labels)) in enumerate(_NAMESPACES.items(), _FIRST_ADDRESS):
        address = f"10.244.9.{number}"
        yield Place(name, address, labels, namespace, {_NAMESPACE_LABEL: namespace})
    routed = {_NAMESPACE_LABEL: "gateways", "natter-route": "true"}
    yield Place(ROUTER, "10.244.9.99", {}, "gateways", routed)
    yield from (Place(name, address) for name, address in _ADDRESSES.items())


def arrows(render: Render, *, pods_in_blocks: bool) -> set[Arrow]:
    """Return every connection that the policies let through, from or to a pod of the render."""
    rules, every = network(render, pods_in_blocks=pods_in_blocks), places(render)
    return {
        arrow
        for source in every
        for target in every
        if NAMESPACE in (source.namespace, target.namespace)
        for arrow in _between(rules, source, target)
    }


def lets_all(render: Render, wanted: set[Arrow]) -> bool:
    """Return whether the policies of a render let all of these connections through."""
    rules = network(render, pods_in_blocks=False)
    named = {place.name: place for place in places(render)}
    return all(
        rules.lets(named[source], named[target], protocol, port)
        for source, target, protocol, port in wanted
    )


def _between(rules: Network, source: Place, target: Place) -> Iterator[Arrow]:
    for protocol in PROTOCOLS:
        for port in PORTS:
            if rules.lets(source, target, protocol, port):
                yield source.name, target.name, protocol, port
