"""The evaluator of network policies has the semantics that Kubernetes documents."""

from typing import Any

import pytest

from tests.support.kubernetes.policies import Network, Place, types_of

HOME, AWAY = {"kubernetes.io/metadata.name": "natter"}, {"kubernetes.io/metadata.name": "away"}
WEB = Place("web", "10.0.0.1", {"name": "web"}, "natter", HOME, {"http": 8000})
NATS = Place("nats", "10.0.0.2", {"name": "nats"}, "natter", HOME, {"client": 4222})
NAMESAKE = Place("namesake", "10.0.0.3", {"name": "web"}, "away", AWAY)
OUTSIDE = Place("outside", "203.0.113.7")
TO_NATS = {"podSelector": {"matchLabels": {"name": "nats"}}}
FROM_WEB = {"podSelector": {"matchLabels": {"name": "web"}}}
FROM_AWAY = {"namespaceSelector": {"matchLabels": AWAY}}


def policy(spec: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"namespace": "natter"}, "spec": spec}


def lets(
    *specs: dict[str, Any],
    source: Place = WEB,
    target: Place = NATS,
    port: int = 4222,
    protocol: str = "TCP",
    pods_in_blocks: bool = False,
) -> bool:
    rules = Network([policy(spec) for spec in specs], pods_in_blocks)
    return rules.lets(source, target, protocol, port)


def into_nats(**rule: object) -> dict[str, Any]:
    return {**TO_NATS, "policyTypes": ["Ingress"], "ingress": [rule]}


def test_who_is_selected_by_no_policy_may_do_everything() -> None:
    assert lets()
    assert lets({"podSelector": {"matchLabels": {"name": "other"}}, "policyTypes": ["Ingress"]})


def test_who_is_selected_may_do_what_a_rule_says_and_nothing_else() -> None:
    assert not lets({**TO_NATS, "policyTypes": ["Ingress"]})
    assert lets(into_nats(**{"from": [FROM_WEB]}))
    assert not lets(into_nats(**{"from": [FROM_AWAY]}))


def test_policies_add_up() -> None:
    assert lets({"podSelector": {}, "policyTypes": ["Ingress"]}, into_nats(**{"from": [FROM_WEB]}))


def test_both_sides_have_to_agree() -> None:
    closed = {"podSelector": {"matchLabels": {"name": "web"}}, "policyTypes": ["Egress"]}
    assert not lets(closed, into_nats(**{"from": [FROM_WEB]}))
    assert lets({**closed, "egress": [{"to": [TO_NATS]}]}, into_nats(**{"from": [FROM_WEB]}))


def test_a_policy_without_types_is_for_ingress_and_for_what_it_has_rules() -> None:
    assert types_of(policy({})) == ["Ingress"]
    assert types_of(policy({"egress": []})) == ["Ingress", "Egress"]
    assert types_of(policy({"policyTypes": ["Egress"]})) == ["Egress"]


@pytest.mark.parametrize("rule", [{}, {"from": []}])
def test_a_rule_without_peers_or_ports_lets_all_through(rule: dict[str, Any]) -> None:
    assert lets(into_nats(**rule), source=OUTSIDE, port=1, protocol="UDP")


def test_a_pod_selector_alone_means_the_policys_own_namespace() -> None:
    assert not lets(into_nats(**{"from": [FROM_WEB]}), source=NAMESAKE)


def test_two_selectors_in_one_item_are_both_meant_and_in_two_either() -> None:
    together = into_nats(**{"from": [{**FROM_WEB, **FROM_AWAY}]})
    assert lets(together, source=NAMESAKE)
    assert not lets(together)
    apart = into_nats(**{"from": [FROM_WEB, FROM_AWAY]})
    assert lets(apart, source=NAMESAKE)
    assert lets(apart)


def test_an_empty_selector_means_all() -> None:
    assert lets(into_nats(**{"from": [{"namespaceSelector": {}}]}), source=NAMESAKE)
    assert not lets(into_nats(**{"from": [{"podSelector": {}}]}), source=NAMESAKE)
    assert not lets(into_nats(**{"from": [{"namespaceSelector": {}}]}), source=OUTSIDE)


@pytest.mark.parametrize(
    ("port", "number", "passes"),
    [
        ({"port": 4222}, 4222, True),
        ({"port": "client"}, 4222, True),
        ({"port": "http"}, 4222, False),
        ({"port": 4222, "protocol": "UDP"}, 4222, False),
        ({"port": 4000, "endPort": 5000}, 4222, True),
        ({"port": 4000, "endPort": 4221}, 4222, False),
        ({"protocol": "TCP"}, 9, True),
    ],
)
def test_ports_are_numbers_names_of_the_target_or_ranges(
    port: dict[str, Any], number: int, passes: bool
) -> None:
    assert lets(into_nats(ports=[port]), port=number) is passes


def test_a_name_in_egress_is_one_of_the_target_too() -> None:
    out = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": "http"}]}]}
    assert not lets(out, port=8000)
    assert lets(out, source=NATS, target=WEB, port=8000)


def test_an_address_block_means_whoever_has_such_an_address() -> None:
    block = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}
    assert lets(into_nats(**{"from": [block]}), source=OUTSIDE)
    assert not lets(into_nats(**{"from": [block]}), pods_in_blocks=True)
    everybody = {"ipBlock": {"cidr": "0.0.0.0/0"}}
    assert lets(into_nats(**{"from": [everybody]}), pods_in_blocks=True)
    assert not lets(into_nats(**{"from": [everybody]}), pods_in_blocks=False)
    assert not lets(into_nats(**{"from": [{"ipBlock": {"cidr": "::/0"}}]}), source=OUTSIDE)


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ({"key": "name", "operator": "In", "values": ["web", "ai"]}, True),
        ({"key": "name", "operator": "NotIn", "values": ["web"]}, False),
        ({"key": "name", "operator": "Exists"}, True),
        ({"key": "name", "operator": "DoesNotExist"}, False),
    ],
)
def test_expressions_select_as_well(expression: dict[str, Any], passes: bool) -> None:
    peer = {"podSelector": {"matchExpressions": [expression]}}
    assert lets(into_nats(**{"from": [peer]})) is passes
