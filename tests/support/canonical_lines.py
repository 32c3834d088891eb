"""The canonical lines: as the services write them, and as the READMEs describe them."""

import json
import re

import pytest

from services.shared.process.logging import configure_logging
from tests.support.printed import ROOT

# What structlog puts on every line.
COMMON = {"event", "level", "part", "timestamp"}
WEB_AND_AI = "README.md"
GATEWAY = "services/realtime/README.md"


def documented(event: str, *, without: str = "") -> set[str]:
    """Return the fields of an event's table; `without` leaves out the row that says so."""
    readme = WEB_AND_AI if event != "socket_ended" else GATEWAY
    text = (ROOT / readme).read_text()
    table = text.partition(f"| Field of `{event}`")[2].partition("\n\n")[0].splitlines()[2:]
    kept = [row for row in table if not (without and without in row)]
    return {name for row in kept for name in re.findall(r"`(\w+)`", row.split("|")[1])}


class Log:
    """What services in this process log; make it within a test, which restores logging."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self._said = ""
        configure_logging("info", "json")

    @property
    def said(self) -> str:
        """Everything so far."""
        captured = self._capfd.readouterr()
        self._said += captured.out + captured.err
        return self._said

    def lines(self, event: str) -> list[dict[str, object]]:
        """Return all lines of this event so far."""
        lines = [json.loads(line) for line in self.said.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]
