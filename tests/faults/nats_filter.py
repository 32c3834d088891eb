"""Takes chosen messages out of what a nats-server sends to a client, and leaves all else as it is.

The NATS client protocol: lines that end in CR LF; `MSG` and `HMSG` are followed by a payload whose
size, headers included, is the line's last word.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

_LINE_END: Final = b"\r\n"
_MESSAGES: Final = (b"MSG", b"HMSG")


@dataclass(frozen=True, slots=True)
class BusMessage:
    """A message on its way to a subscriber; `content` holds its headers, if any, and payload."""

    subject: str
    content: bytes


@dataclass(slots=True)
class NatsFilter:
    """Passes a server's bytes on, without the messages for which `drops` is true."""

    drops: Callable[[BusMessage], bool]
    _pending: bytes = field(default=b"", init=False)

    def feed(self, data: bytes) -> bytes:
        """Return what may pass so far; the beginning of a unit is kept until its end is there."""
        self._pending += data
        passed: list[bytes] = []
        while unit := self._next_unit():
            if not self._is_dropped(unit):
                passed.append(unit)
        return b"".join(passed)

    def _next_unit(self) -> bytes:
        """Cut off one line, with its payload where it has one; nothing while it is incomplete."""
        line_end = self._pending.find(_LINE_END)
        if line_end < 0:
            return b""
        end = line_end + len(_LINE_END)
        words = self._pending[:line_end].split()
        if words and words[0] in _MESSAGES:
            end += int(words[-1]) + len(_LINE_END)
        if len(self._pending) < end:
            return b""
        unit, self._pending = self._pending[:end], self._pending[end:]
        return unit

    def _is_dropped(self, unit: bytes) -> bool:
        line, _, rest = unit.partition(_LINE_END)
        words = line.split()
        if not words or words[0] not in _MESSAGES:
            return False
        return self.drops(BusMessage(words[1].decode(), rest.removesuffix(_LINE_END)))
