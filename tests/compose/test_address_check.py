"""A stack that strangers could reach does not come up, and says why in one sentence."""

from collections.abc import Iterator
from ipaddress import ip_address

import httpx2
import pytest

from tests.compose.engine import CommandError
from tests.compose.project import Project, inspected, log_of


@pytest.fixture
def opened(stack: Project) -> Iterator[Project]:
    """The stack with a setting that opens it to everybody; it is closed again afterwards."""
    yield stack
    stack.settings.pop("NATTER_BIND")
    stack.up()


@pytest.mark.parametrize("address", ["0.0.0.0", "localhost"])  # noqa: S104 - what is refused
def test_what_is_not_this_machine_alone_is_refused(opened: Project, address: str) -> None:
    opened.settings["NATTER_BIND"] = address
    with pytest.raises(CommandError):
        opened.up()
    (check,) = opened.containers("address-check", running=False)
    said = log_of(check).strip()
    assert said.startswith(f"Natter is not published with NATTER_BIND={address}, because")
    assert len(said.splitlines()) == 1
    assert opened.containers("proxy") == []
    with pytest.raises(httpx2.TransportError):
        httpx2.get(opened.url)


@pytest.mark.parametrize("address", ["127.0.0.2", "::1", "::ffff:127.0.0.1"])
def test_what_is_accepted_is_published_for_this_machine_alone(
    opened: Project, address: str
) -> None:
    opened.settings["NATTER_BIND"] = address
    opened.up("--no-deps", "address-check", "proxy")
    network = inspected(opened.container("proxy"))["NetworkSettings"]
    assert isinstance(network, dict)
    bindings = [one for ports in network["Ports"].values() for one in ports or ()]
    assert bindings
    assert all(ip_address(one["HostIp"]).is_loopback for one in bindings)
