"""The pauses of the tests' pages are those of the browser's element, number by number."""

import re

from tests.support.chatting import backoff
from tests.support.gateways import ROOT

_ELEMENT = ROOT / "services/web/frontend/src/elements/stream_source"


def number(module: str, name: str) -> float:
    """Read a constant of JavaScript."""
    found = re.search(rf"\bconst {name} = ([\d_]+)", (_ELEMENT / module).read_text())
    assert found is not None
    return float(found[1].replace("_", ""))


def test_pauses_are_as_long() -> None:
    pauses = (backoff.FIRST_SECONDS, backoff.LONGEST_SECONDS, backoff.SOON_SECONDS)
    names = ("FIRST_CEILING", "LONGEST_DELAY", "SOON")
    assert [seconds * 1000 for seconds in pauses] == [number("backoff.js", n) for n in names]


def test_a_connection_is_stable_as_soon() -> None:
    stable = number("stream_connection.js", "STABLE_AFTER")
    assert stable == backoff.STABLE_SECONDS * 1000


def test_the_same_codes_come_back_at_once() -> None:
    codes = (number("endings.js", name) for name in ("TOKEN_EXPIRED", "ROTATED"))
    assert (*codes,) == backoff.COME_BACK_AT_ONCE
    assert number("endings.js", "DRAINED") == backoff.DRAINING
