"""Each check of the manifests finds the mistakes that it is for: it is shown one of each kind."""

import pytest

from tests.support.kubernetes.checks import CHECKS
from tests.support.kubernetes.mistakes import Mistake, mistakes
from tests.support.kubernetes.objects import Render
from tests.support.kubernetes.rendering import combined

OWN_PARTS = mistakes("own_parts")
OPERATORS = mistakes("operators")
PRIVILEGES = mistakes("privileges")
SMALL = ("postgres", "nats", "demo", "proxy", "tools", "monitoring", "ingress")
LARGE = ("tools", "cloudnative-pg", "nats-cluster", "keda", "monitoring", "gateway-api")


@pytest.mark.parametrize("mistake", [*OWN_PARTS, *PRIVILEGES], ids=lambda one: one.mistake)
def test_a_mistake_is_found(mistake: Mistake) -> None:
    finds(combined(*SMALL, exposure="yes"), mistake)


@pytest.mark.parametrize("mistake", OPERATORS, ids=lambda one: one.mistake)
def test_a_mistake_beside_operators_is_found(mistake: Mistake) -> None:
    finds(combined(*LARGE, exposure="yes"), mistake)


def finds(render: Render, mistake: Mistake) -> None:
    check = CHECKS[mistake.check]
    before = set(check(render))
    found = [said for said in check(render.changed(mistake.make)) if said not in before]
    assert any(mistake.says in said for said in found), found


def test_every_check_is_shown_a_mistake() -> None:
    shown = {one.check for one in (*OWN_PARTS, *OPERATORS, *PRIVILEGES)}
    assert shown == set(CHECKS)
