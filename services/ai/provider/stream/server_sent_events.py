"""Parses server-sent events out of bytes as they come (WHATWG HTML, "Server-sent events")."""

from typing import Final, NamedTuple

LONGEST_EVENT: Final = 8_388_608
"""Bytes; an image is one event, and no answer has a longer one."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class EventTooLongError(ValueError):
    """An event, or a line of one, is longer than LONGEST_EVENT."""


class ServerSentEvent(NamedTuple):
    """One event: its data, and whether its name says that it is an error."""

    data: bytes
    is_error: bool = False


class EventParser:
    """Takes the bytes of a stream, cut anywhere; LF, CRLF and CR end a line.

    The cost is linear in the bytes, whatever the cuts.
    """

    __slots__ = ("_after_cr", "_at_start", "_data", "_is_error", "_rest", "_rest_size", "_size")

    def __init__(self) -> None:
        self._at_start = True
        self._after_cr = False
        self._rest: list[bytes] = []
        self._rest_size = 0
        self._data: list[bytes] = []
        self._size = 0
        self._is_error = False

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """Return the events that `data` completes. Raises EventTooLongError."""
        lines = data.splitlines()
        if not lines:
            return []
        if self._after_cr and data.startswith(b"\n"):
            del lines[0]
        self._after_cr = data.endswith(b"\r")
        rest = b"" if self._after_cr or data.endswith(b"\n") else lines.pop()
        if lines and self._rest:
            lines[0] = b"".join((*self._rest, lines[0]))
            self._rest.clear()
            self._rest_size = 0
        if rest:
            self._keep(rest)
        return self._events(lines)

    def finish(self) -> list[ServerSentEvent]:
        """Return the last event, also where the lines that should end it are missing."""
        rest = b"".join(self._rest)
        self._rest.clear()
        return self._events([rest, b""] if rest else [b""])

    def _keep(self, rest: bytes) -> None:
        self._rest.append(rest)
        self._rest_size += len(rest)
        if self._rest_size > LONGEST_EVENT:
            raise EventTooLongError

    def _events(self, lines: list[bytes]) -> list[ServerSentEvent]:
        if lines and self._at_start:
            self._at_start = False
            lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
        events: list[ServerSentEvent] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._add(line[6:] if line.startswith(b" ", 5) else line[5:])
            elif line:
                self._read_other(line)
            elif self._data:
                events.append(self._take())
            else:
                self._is_error = False
        return events

    def _add(self, value: bytes) -> None:
        self._data.append(value)
        self._size += len(value)
        if self._size > LONGEST_EVENT:
            raise EventTooLongError

    def _read_other(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        if field == b"event":
            self._is_error = value.strip() == b"error"
        elif field == b"error":
            # Versions of llama.cpp send the object in a field of this name.
            self._is_error = True
            self._add(value.removeprefix(b" "))
        elif line == b"data":
            self._add(b"")

    def _take(self) -> ServerSentEvent:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        event = ServerSentEvent(data, self._is_error)
        self._data.clear()
        self._size = 0
        self._is_error = False
        return event
