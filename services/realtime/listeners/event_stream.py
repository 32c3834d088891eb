"""A listener by Server-Sent Events, with a buffer of unsent events that is bounded in bytes.

Reference: HTML, "Server-sent events". Each event's id is the publication's cursor, which browsers
send back as `Last-Event-ID` when they reconnect.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from services.realtime.close_codes import TOO_SLOW, CloseReason
from services.realtime.listeners.joining import Joined
from services.realtime.listeners.socket_log import EndedSocket
from services.realtime.rooms.publication import Publication
from services.shared.bus.position import Cursor
from services.shared.process.tracing.context import trace_id

RETRY: Final = b"retry: 1000\n\n"
GONE: Final = 1006
CLOSE_SECONDS: Final = 5.0


class EventStream:
    """One event stream in a group; `abort` cuts its connection."""

    def __init__(self, joined: Joined, limit: int, abort: Callable[[], None]) -> None:
        self.admission = joined.admission
        self.room = joined.room
        self.close_reason: CloseReason | None = None
        self._abort = abort
        self._abort_timer: asyncio.TimerHandle | None = None
        self._source = joined.missed.source
        self._trace_id = trace_id()
        self._opened_at = asyncio.get_running_loop().time()
        self._frames_sent = 0
        self._bytes_sent = 0
        self._limit = limit
        self._allowed = limit
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._wake = asyncio.Event()

    def deliver_missed(self, publications: list[Publication]) -> None:
        """Take missed publications; they do not count as unsent until the first write."""
        self.deliver(publications, b"")
        self._allowed += self._unsent_bytes

    def deliver(self, publications: list[Publication], _frames: bytes) -> None:
        """Take publications; close a client for which too much waits already as slow."""
        if self._unsent_bytes > self._allowed:
            self.end(TOO_SLOW)
            return
        for publication in publications:
            written = event(publication)
            self._unsent_bytes += len(written)
            self._unsent.append(written)
        self._wake.set()

    def end(self, close_reason: CloseReason) -> None:
        """Take no more; after `CLOSE_SECONDS` the connection is cut, read or not."""
        self.room.leave(self)
        if self.close_reason is None:
            self.close_reason = close_reason
            loop = asyncio.get_running_loop()
            self._abort_timer = loop.call_later(CLOSE_SECONDS, self._abort)
        self._wake.set()

    def cut_off(self) -> None:
        """End at once, and drop what is unsent."""
        self.end(TOO_SLOW)
        self._abort()

    def finished(self) -> None:
        """Cancel the cut: everything is sent, and the connection may serve another request."""
        if self._abort_timer is not None:
            self._abort_timer.cancel()

    def ended(self) -> EndedSocket:
        """Return its line for the log, once it has ended."""
        return EndedSocket(
            group=self.admission.group,
            user=self.admission.user,
            transport="sse",
            seconds=asyncio.get_running_loop().time() - self._opened_at,
            frames=self._frames_sent,
            size=self._bytes_sent,
            source=self._source,
            code=self.close_reason.code if self.close_reason else GONE,
            trace_id=self._trace_id,
        )

    async def events(self, beat_seconds: float) -> AsyncIterator[bytes]:
        """Yield publications as they come, and a beat after each `beat_seconds` without any."""
        yield RETRY
        while self.close_reason is None or self._unsent:
            try:
                async with asyncio.timeout(beat_seconds):
                    await self._wake.wait()
            except TimeoutError:
                yield self._beat()
            self._wake.clear()
            if self._unsent:
                yield self._take_unsent()

    def _beat(self) -> bytes:
        # First: it flushes the room, and those publications precede their position.
        position = self.room.position()
        if self.close_reason is not None:
            return self._take_unsent()  # the flush was too much: part of it was not taken
        return self._take_unsent() + beat(position)

    def _take_unsent(self) -> bytes:
        written, self._unsent_bytes = b"".join(self._unsent), 0
        self._frames_sent += len(self._unsent)
        self._bytes_sent += len(written)
        self._unsent.clear()
        self._allowed = self._limit
        return written


def event(publication: Publication) -> bytes:
    """Write a publication as an event: every line of it is a line of data."""
    html = publication.html.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = b"".join(b"data: %b\n" % line for line in html.split(b"\n"))
    return b"id: %b\n%b\n" % (publication.cursor, data)


def beat(position: Cursor) -> bytes:
    """Write a keep-alive event with the present position.

    Its name is not "message", so pages that do not ask for it ignore it; browsers keep its id.
    """
    return f"id: {position}\nevent: beat\ndata: {position}\n\n".encode()
