"""Each check of the manifests finds the mistakes that it is for: it is shown one of each kind."""

from functools import cache

import pytest

from tests.support.kubernetes.checks import CHECKS
from tests.support.kubernetes.mistakes import Mistake, mistakes
from tests.support.kubernetes.rendering import combined

OWN_PARTS = mistakes("own_parts")
OPERATORS = mistakes("operators")
PRIVILEGES = mistakes("privileges")
SMALL = ("postgres", "nats", "demo", "proxy", "tools", "monitoring", "ingress")
LARGE = ("tools", "cloudnative-pg", "nats-cluster", "keda", "monitoring", "gateway-api")


@pytest.mark.parametrize("mistake", [*OWN_PARTS, *PRIVILEGES], ids=lambda one: one.mistake)
def test_a_mistake_is_found(mistake: Mistake) -> None:
    finds(SMALL, mistake)


@pytest.mark.parametrize("mistake", OPERATORS, ids=lambda one: one.mistake)
def test_a_mistake_beside_operators_is_found(mistake: Mistake) -> None:
    finds(LARGE, mistake)


def finds(components: tuple[str, ...], mistake: Mistake) -> None:
    render = combined(*components, exposure="yes")
    changed = CHECKS[mistake.check](render.changed(mistake.make))
    found = set(changed) - said_before(components, mistake.check)
    assert any(mistake.says in said for said in found), found


@cache
def said_before(components: tuple[str, ...], check: str) -> frozenset[str]:
    return frozenset(CHECKS[check](combined(*components, exposure="yes")))


def test_every_check_is_shown_a_mistake() -> None:
    shown = {one.check for one in (*OWN_PARTS, *OPERATORS, *PRIVILEGES)}
    assert shown == set(CHECKS)
