"""What deploy/kubernetes renders is valid, means what it should, and agrees with the code."""

import pytest

from deploy.local.nats_server import CONFIGURATION
from tests.support.compose_files import BASE, load
from tests.support.kubernetes.agreement import NATS_CONF
from tests.support.kubernetes.checks import CHECKS
from tests.support.kubernetes.rendering import COMPONENTS, components, overlays
from tests.support.kubernetes.renders import RENDERS, used_components

# It is a part of those that show Natter to others, and renders nothing by itself.
_WITHIN_OTHERS = {"exposure"}


@pytest.mark.parametrize("render", RENDERS)
def test_a_render_has_no_fault(render: str) -> None:
    found = {name: list(check(RENDERS[render]())) for name, check in CHECKS.items()}
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_every_overlay_and_component_is_rendered() -> None:
    assert {"small", "ha"} <= set(overlays())
    assert used_components() == set(components()) - _WITHIN_OTHERS
    for name in components():
        assert (COMPONENTS / name / "kustomization.yaml").is_file(), name


def test_the_compose_stack_and_the_local_one_have_the_same_configuration_of_nats() -> None:
    written = load()["configs"]["nats.conf"]["file"]
    assert (BASE.parent / written).resolve() == NATS_CONF
    assert CONFIGURATION == NATS_CONF
