"""Each check of the manifests finds the mistakes that it is for: it is shown one of each kind."""

from collections.abc import Sequence
from functools import cache

from tests.support.kubernetes.checks import CHECKS
from tests.support.kubernetes.mistakes import Mistake, mistakes
from tests.support.kubernetes.rendering import combined

OWN_PARTS = mistakes("own_parts")
OPERATORS = mistakes("operators")
PRIVILEGES = mistakes("privileges")
SMALL = ("postgres", "nats", "demo", "proxy", "tools", "monitoring", "ingress")
LARGE = ("tools", "cloudnative-pg", "nats-cluster", "keda", "monitoring", "gateway-api")


def test_a_mistake_is_found() -> None:
    assert missed(SMALL, (*OWN_PARTS, *PRIVILEGES)) == {}


def test_a_mistake_beside_operators_is_found() -> None:
    assert missed(LARGE, OPERATORS) == {}


def missed(components: tuple[str, ...], made: Sequence[Mistake]) -> dict[str, set[str]]:
    """Return the mistakes that their check does not report, each with what it does report."""
    render = combined(*components, is_exposed=True)
    reported = {
        one.mistake: set(CHECKS[one.check](render.changed(one.make)))
        - said_before(components, one.check)
        for one in made
    }
    says = {one.mistake: one.says for one in made}
    return {
        mistake: found
        for mistake, found in reported.items()
        if not any(says[mistake] in said for said in found)
    }


@cache
def said_before(components: tuple[str, ...], check: str) -> frozenset[str]:
    return frozenset(CHECKS[check](combined(*components, is_exposed=True)))


def test_every_check_is_shown_a_mistake() -> None:
    shown = {one.check for one in (*OWN_PARTS, *OPERATORS, *PRIVILEGES)}
    assert shown == set(CHECKS)
