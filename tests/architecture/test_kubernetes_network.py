"""The network policies let through the arrows of the picture in ARCHITECTURE.md, and no other."""

from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.kubernetes.arrows import (
    DATABASE,
    DNS,
    INTERNET,
    KEDA,
    MONITORING,
    NODE_CACHE,
    OPERATOR,
    PORTS,
    PROTOCOLS,
    ROUTER,
    Arrow,
    arrows,
    lets_all,
    places,
)
from tests.support.kubernetes.objects import NAMESPACE, Render, name_of
from tests.support.kubernetes.rendering import combined

OWN = ("postgres", "nats", "demo", "proxy", "tools", "network-policies")
OPERATED = ("nats-cluster", "demo", "proxy", "tools", "network-policies", "cloudnative-pg")
# From, to, port: whatever else a pod says to another of these is refused.
PICTURE = {
    ("proxy", "web", 8000),
    ("proxy", "realtime", 8001),
    (ROUTER, "web", 8000),
    (ROUTER, "realtime", 8001),
    ("web", "nats", 4222),
    ("realtime", "nats", 4222),
    ("ai", "nats", 4222),
    ("ai", "demo", 8003),
    ("nats", "nats", 6222),
    (KEDA, "nats", 8222),
    (MONITORING, "web", 8000),
    (MONITORING, "realtime", 8001),
    (MONITORING, "ai", 8002),
    ("natter", "nats", 4222),
    ("natter-jobs", "nats", 4222),
    ("backup", "nats", 4222),
}
READERS_OF_THE_DATABASE = ("web", "migrate", "backup")
OF_THE_OPERATOR = {
    (DATABASE, DATABASE, 5432),
    (DATABASE, DATABASE, 8000),
    (OPERATOR, DATABASE, 5432),
    (OPERATOR, DATABASE, 8000),
}
# The API server, and a store of backups.
OUTSIDE_OF_THE_DATABASE = (443, 6443)


@cache
def rendered(components: tuple[str, ...]) -> Render:
    return combined(*components)


def expected(render: Render) -> set[Arrow]:
    database = DATABASE if render.of("Cluster") else "postgres"
    pairs = {(reader, database, 5432) for reader in READERS_OF_THE_DATABASE} | PICTURE
    if render.of("Cluster"):
        pairs |= OF_THE_OPERATOR
        pairs |= {(DATABASE, INTERNET, port) for port in OUTSIDE_OF_THE_DATABASE}
    return {(source, target, "TCP", port) for source, target, port in pairs} | set(outside(render))


def outside(render: Render) -> Iterator[Arrow]:
    """Yield what everybody asks of the DNS, and what ai asks of an endpoint that is anywhere."""
    for place in places(render):
        if place.namespace == NAMESPACE:
            for server in (DNS, NODE_CACHE):
                yield from ((place.name, server, protocol, 53) for protocol in PROTOCOLS)
    yield from (("ai", INTERNET, protocol, port) for protocol in PROTOCOLS for port in PORTS)


@pytest.mark.parametrize("components", [OWN, OPERATED], ids=["own", "operated"])
def test_the_arrows_are_those_of_the_picture(components: tuple[str, ...]) -> None:
    render = rendered(components)
    assert arrows(render, pods_in_blocks=False) == expected(render)


@pytest.mark.parametrize("components", [OWN, OPERATED], ids=["own", "operated"])
def test_an_address_block_that_holds_pods_opens_none_of_ours(components: tuple[str, ...]) -> None:
    """Some plug-ins count a pod's address as one of 0.0.0.0/0: then ai reaches other namespaces."""
    render = rendered(components)
    ours = {place.name for place in places(render) if place.namespace == NAMESPACE}
    more = arrows(render, pods_in_blocks=True) - expected(render)
    assert {(source, target) for source, target, *_ in more if target in ours} == set()
    assert {source for source, *_ in more} <= {"ai", DATABASE}


def test_without_policies_everybody_reaches_everybody() -> None:
    render = combined("postgres", "nats")
    found = arrows(render, pods_in_blocks=False)
    assert ("ai", "postgres", "TCP", 5432) in found
    assert ("web", INTERNET, "TCP", 443) in found


def rules_of(render: Render) -> Iterator[tuple[str, str, int]]:
    """Yield the policy, the direction and the place of each rule."""
    for policy in render.of("NetworkPolicy"):
        for direction in ("ingress", "egress"):
            for number in range(len(policy["spec"].get(direction, ()))):
                yield name_of(policy), direction, number


def without(render: Render, rule: tuple[str, str, int]) -> Render:
    """Take a rule away."""
    name, direction, number = rule
    return render.changed(
        lambda copy: copy.get("NetworkPolicy", name)["spec"][direction].pop(number)
    )


def test_no_rule_can_be_left_out() -> None:
    """Rules only add arrows, so that each must have one that is refused without it."""
    idle: list[set[tuple[str, str, int]]] = []
    for render in (rendered(OWN), rendered(OPERATED)):
        found = arrows(render, pods_in_blocks=False)
        rules = set(rules_of(render))
        idle.append({rule for rule in rules if lets_all(without(render, rule), found)})
    assert set.intersection(*idle) == set()


def test_a_policy_more_is_noticed() -> None:
    """Policies add up: one that is too wide opens what all others close."""
    wide = {
        "kind": "NetworkPolicy",
        "metadata": {"name": "wide", "namespace": NAMESPACE},
        "spec": {"podSelector": {}, "ingress": [{}], "egress": [{}]},
    }
    render = rendered(OWN).changed(lambda copy: copy.objects.append(wide))
    more = arrows(render, pods_in_blocks=False) - expected(render)
    assert ("a stranger", "postgres", "TCP", 5432) in more
    assert ("web", INTERNET, "TCP", 443) in more
