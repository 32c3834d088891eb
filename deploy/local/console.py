"""Writes whole lines to the terminal, each after the name of the process it came from."""

import re

from deploy.local.lines import without_colour
from deploy.local.output import Output

_WIDTH = 8
_COLOURS = {
    "natter": "1",
    "postgres": "34",
    "nats": "36",
    "demo": "90",
    "migrate": "33",
    "web": "32",
    "realtime": "35",
    "ai": "93",
}
# Routine messages about start and stop; warnings and worse are always shown.
_ROUTINE = {
    "postgres": re.compile(r" LOG:  "),
    "nats": re.compile(r" \[INF\] | \[WRN\] Plaintext passwords "),
}


class Console:
    """Writes lines to the terminal, from any thread."""

    def __init__(self, output: Output, *, colour: bool, everything: bool = False) -> None:
        self.output = output
        self._colour = colour and output.is_terminal
        self._everything = everything

    def child_line(self, name: str, line: str) -> None:
        """Write a line of a child, unless it is routine."""
        routine = _ROUTINE.get(name)
        if self._everything or routine is None or not routine.search(line):
            self._write(name, line)

    def say(self, text: str) -> None:
        """Write the launcher's own words, one line or several."""
        for line in text.splitlines():
            self._write("natter", line)

    def _write(self, name: str, line: str) -> None:
        self.output.write(f"{self._prefix(name)}{line if self._colour else without_colour(line)}\n")

    def _prefix(self, name: str) -> str:
        prefix = f"{name:<{_WIDTH}} | "
        if not self._colour:
            return prefix
        return f"\x1b[{_COLOURS.get(name, '37')}m{prefix}\x1b[0m"
