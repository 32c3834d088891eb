"""A stack that strangers could reach does not come up, and says why in one sentence."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.compose.engine import CommandError
from tests.compose.project import Project, log_of


@pytest.fixture
def opened(stack: Project) -> Iterator[Project]:
    """The stack with a setting that opens it to everybody; it is closed again afterwards."""
    yield stack
    stack.settings.pop("NATTER_BIND")
    stack.up()


def test_another_address_than_loopback_is_refused(opened: Project) -> None:
    opened.settings["NATTER_BIND"] = "0.0.0.0"  # noqa: S104 - what is refused
    with pytest.raises(CommandError):
        opened.up()
    (check,) = opened.containers("address-check", running=False)
    said = log_of(check).strip()
    assert said.startswith("Natter is not published with NATTER_BIND=0.0.0.0, because")
    assert len(said.splitlines()) == 1
    assert opened.containers("proxy") == []
    with pytest.raises(httpx2.TransportError):
        httpx2.get(opened.url)
