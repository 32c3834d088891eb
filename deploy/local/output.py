"""Writes to an output that may be slow, blocked, closed, or unable to show a character."""

import io
import select
import sys
import threading
from collections import deque
from collections.abc import Callable

MOST_WAITING = 16 << 20
"""Bytes that may wait for a reader that has paused, such as a pager or Ctrl+S."""
FLUSH_SECONDS = 2.0
# The only character outside ASCII in the launcher's own sentences.
_PLAIN = str.maketrans({"…": "..."})


class Output:
    """Text on its way to a terminal, a file or a pipe, written by a thread of its own.

    A writer never waits for a slow reader: text that does not fit the buffer is dropped and
    counted. A character that the encoding does not have is replaced.
    """

    def __init__(self, raw: io.RawIOBase, encoding: str) -> None:
        self.is_terminal = raw.isatty()
        self._raw = raw
        self._encoding = encoding
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._left_out = 0
        self._fault: str | None = None
        self._on_closed: Callable[[str], None] | None = None
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="output", daemon=True).start()

    def write(self, text: str) -> None:
        """Write `text`, which ends with a line feed, as soon as it can be taken."""
        encoded = self._encode(text)
        with self._changed:
            if self._size + len(encoded) > MOST_WAITING:
                self._left_out += 1
                return
            if self._left_out:
                self._append(self._encode(f"({self._left_out} lines are left out here)\n"))
                self._left_out = 0
            self._append(encoded)

    def when_closed(self, call: Callable[[str], None]) -> None:
        """Call `call` once, with the reason, when writing is no longer possible."""
        with self._changed:
            self._on_closed = call
            self._changed.notify_all()

    def flush(self, seconds: float = FLUSH_SECONDS) -> None:
        """Wait until everything is written, for `seconds` at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._fault is not None or not self._size, seconds)

    def _append(self, encoded: bytes) -> None:
        if self._fault is None:
            self._waiting.append(encoded)
            self._size += len(encoded)
            self._changed.notify_all()

    def _encode(self, text: str) -> bytes:
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError:
            return text.translate(_PLAIN).encode(self._encoding, "replace")

    def _run(self) -> None:
        fault = None
        while fault is None:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                data = self._waiting.popleft()
            fault = self._write(data)
            with self._changed:
                self._size -= len(data)
                self._fault = fault
                self._changed.notify_all()
        with self._changed:
            self._changed.wait_for(lambda: self._on_closed is not None)
        if self._on_closed is not None:
            self._on_closed(fault)

    def _write(self, data: bytes) -> str | None:
        """Write all of `data`; return the reason if that fails."""
        rest = memoryview(data)
        try:
            while rest:
                written = self._raw.write(rest)
                if written is None:  # another process has made the shared file non-blocking
                    select.select((), (self._raw,), ())
                rest = rest[written or 0 :]
        except (OSError, ValueError) as error:
            return getattr(error, "strerror", None) or str(error)
        return None


def standard_output() -> Output:
    """Return standard output, in the encoding that the environment gives it.

    It bypasses Python's own buffer, whose lock a blocked write would hold at exit.
    """
    return Output(io.FileIO(1, "w", closefd=False), sys.stdout.encoding)
