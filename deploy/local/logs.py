"""The terminal: each line whole, behind the name of the process it came from."""

import re
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from deploy.local.lines import without_colour

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
# What these two say of their own start and stop; warnings and worse are always shown.
_ROUTINE = {
    "postgres": re.compile(r" LOG:  "),
    "nats": re.compile(r" \[INF\] | \[WRN\] Plaintext passwords "),
}


class Console:
    """Writes lines from any thread. A closed output calls `on_closed`, once."""

    def __init__(
        self,
        *,
        colour: bool,
        everything: bool = False,
        output: TextIO | None = None,
        on_closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._output = output or sys.stdout
        self._colour = colour and self._output.isatty()
        self._everything = everything
        self._lock = threading.Lock()
        self._closed = False
        self.on_closed = on_closed

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
        text = f"{self._prefix(name)}{line if self._colour else without_colour(line)}\n"
        with self._lock:
            if self._closed:
                return
            try:
                self._output.write(text)
                self._output.flush()
            except (OSError, ValueError):
                self._closed = True
        if self._closed:
            self.on_closed()

    def _prefix(self, name: str) -> str:
        prefix = f"{name:<{_WIDTH}} | "
        if not self._colour:
            return prefix
        return f"\x1b[{_COLOURS.get(name, '37')}m{prefix}\x1b[0m"
