"""Which pods may connect to which, by NetworkPolicy's semantics (networking.k8s.io/v1).

Source: Kubernetes documentation, "Network Policies", and the API reference. A connection needs the
leave of both sides: of the egress rules of the pod it comes from, of the ingress rules of the pod
it goes to. A pod that no policy selects for a direction may do everything in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final, Literal

from tests.support.kubernetes.objects import NAMESPACE, Labels, Object, Render, selects

type Direction = Literal["Ingress", "Egress"]

_PEERS: Final[dict[Direction, str]] = {"Ingress": "from", "Egress": "to"}


@dataclass(frozen=True, slots=True)
class Place:
    """A pod, or an address outside of the cluster, which has neither namespace nor labels."""

    name: str
    address: str
    labels: Labels = field(default_factory=dict)
    namespace: str | None = None
    namespace_labels: Labels = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    """The ports of the pod by their names."""


@dataclass(frozen=True, slots=True)
class Network:
    """The policies of a render.

    `pods_in_blocks` says whether an address block also holds pods that have such an address: the
    network plug-ins differ there.
    """

    policies: list[Object]
    pods_in_blocks: bool
    selecting: dict[tuple[Direction, str], list[Object]] = field(default_factory=dict)
    """The policies of a pod by direction and its name, once they were looked for."""

    def lets(self, source: Place, target: Place, protocol: str, port: int) -> bool:
        """Return whether a connection is let through."""
        return self._leaves("Egress", source, target, target, protocol, port) and self._leaves(
            "Ingress", target, source, target, protocol, port
        )

    def _leaves(
        self, direction: Direction, pod: Place, peer: Place, target: Place, protocol: str, port: int
    ) -> bool:
        """Return whether the policies of `pod` let it speak with `peer` at `target`'s port."""
        if (direction, pod.name) not in self.selecting:
            self.selecting[direction, pod.name] = list(self._selecting(direction, pod))
        policies = self.selecting[direction, pod.name]
        return not policies or any(
            _is_port(rule.get("ports"), target, protocol, port)
            and self._is_peer(rule.get(_PEERS[direction]), peer)
            for policy in policies
            for rule in policy["spec"].get(direction.lower()) or ()
        )

    def _selecting(self, direction: Direction, pod: Place) -> Iterator[Object]:
        for policy in self.policies:
            is_there = pod.namespace == policy["metadata"]["namespace"]
            selector = policy["spec"].get("podSelector", {})
            if is_there and direction in types_of(policy) and selects(selector, pod.labels):
                yield policy

    def _is_peer(self, peers: list[Object] | None, place: Place) -> bool:
        return not peers or any(self._matches(peer, place) for peer in peers)

    def _matches(self, peer: Object, place: Place) -> bool:
        if block := peer.get("ipBlock"):
            return (place.namespace is None or self.pods_in_blocks) and _is_in(block, place.address)
        if place.namespace is None:
            return False
        if "namespaceSelector" in peer:
            is_there = selects(peer["namespaceSelector"], place.namespace_labels)
        else:
            is_there = place.namespace == NAMESPACE
        return is_there and selects(peer.get("podSelector", {}), place.labels)


def network(render: Render, *, pods_in_blocks: bool) -> Network:
    """Return the policies of a render."""
    return Network(render.of("NetworkPolicy"), pods_in_blocks)


def types_of(policy: Object) -> list[str]:
    """Return the directions that a policy is for; those that it does not name are implied."""
    implied = ["Ingress", *(["Egress"] if "egress" in policy["spec"] else [])]
    types: list[str] = policy["spec"].get("policyTypes", implied)
    return types


def _is_port(ports: list[Object] | None, target: Place, protocol: str, port: int) -> bool:
    return not ports or any(_covers(one, target, protocol, port) for one in ports)


def _covers(one: Object, target: Place, protocol: str, port: int) -> bool:
    if one.get("protocol", "TCP") != protocol:
        return False
    match one.get("port"):
        case None:
            return True
        case str(name):
            return target.ports.get(name) == port
        case int(number):
            return number <= port <= int(one.get("endPort", number))
        case other:
            raise ValueError(f"no port: {other}")


def _is_in(block: Object, address: str) -> bool:
    place = ip_address(address)
    networks = [ip_network(one) for one in (block["cidr"], *block.get("except", ()))]
    inside, *excepted = (place.version == one.version and place in one for one in networks)
    return inside and not any(excepted)
