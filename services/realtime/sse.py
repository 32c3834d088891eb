"""The same as server-sent events, for where WebSockets are blocked and for plain tools.

Reference: HTML, "Server-sent events". Each event's id is the publication's cursor, which browsers
send back as `Last-Event-ID` when they return.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final, override

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from services.realtime.admission.gatekeeper import RefusedError
from services.realtime.close_codes import TOO_SLOW, Ending
from services.realtime.holding.arrival import arriving, tell_refused, tell_seated
from services.realtime.holding.reception import Welcome
from services.realtime.holding.socket_lines import Ended
from services.realtime.rooms.publication import Publication
from services.realtime.state import State
from services.realtime.upgrade.http_protocol import ABORT
from services.shared.bus.position import Cursor
from services.shared.process.tracing.context import trace_id

FIRST: Final = b"retry: 1000\n\n"
GONE: Final = 1006
CLOSE_SECONDS: Final = 5.0
# In this time a client takes what is handed to it at once, which may be all that it has missed.
TAKE_SECONDS: Final = 40.0
HEADERS: Final = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # nginx would gather what is to be sent at once
}


class EventListener:
    """One event stream's share of a group: what waits to be sent, bounded in bytes."""

    def __init__(self, welcome: Welcome, limit: int, abort: Callable[[], None]) -> None:
        self.admission = welcome.admission
        self._abort = abort
        self._cut: asyncio.TimerHandle | None = None
        self.room = welcome.room
        self._source = welcome.missed.source
        self._trace_id = trace_id()
        self._opened_at = asyncio.get_running_loop().time()
        self._sent = 0
        self._bytes_sent = 0
        self.ending: Ending | None = None
        self._limit = limit
        self._allowed = limit
        self._waiting: list[bytes] = []
        self._size = 0
        self._wake = asyncio.Event()

    def give_missed(self, publications: list[Publication]) -> None:
        """Take what was missed, which may wait until it is sent for the first time."""
        self.tell(publications, b"")
        self._allowed += self._size

    def tell(self, publications: list[Publication], _frames: bytes) -> None:
        """Take publications, unless too much waits already: then end, to come back for them."""
        if self._size > self._allowed:
            self.end(TOO_SLOW)
            return
        for publication in publications:
            written = event(publication)
            self._size += len(written)
            self._waiting.append(written)
        self._wake.set()

    def end(self, ending: Ending) -> None:
        """Take no more; a client that does not read what waits for it is cut off soon."""
        self.room.leave(self)
        if self.ending is None:
            self.ending = ending
            self._cut = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._abort)
        self._wake.set()

    def cut_off(self) -> None:
        """End, and let nothing that waits keep the connection."""
        self.end(TOO_SLOW)
        self._abort()

    def finished(self) -> None:
        """All is sent: the connection may serve another request now."""
        if self._cut is not None:
            self._cut.cancel()

    def ended(self) -> Ended:
        """Return what is known of it, once it has ended."""
        return Ended(
            group=self.admission.group,
            user=self.admission.user,
            transport="sse",
            seconds=asyncio.get_running_loop().time() - self._opened_at,
            frames=self._sent,
            size=self._bytes_sent,
            source=self._source,
            code=self.ending.code if self.ending else GONE,
            trace_id=self._trace_id,
        )

    async def events(self, beat_seconds: float) -> AsyncIterator[bytes]:
        """Yield what gathers, and a beat where nothing does, until the end."""
        yield FIRST
        while self.ending is None or self._waiting:
            try:
                async with asyncio.timeout(beat_seconds):
                    await self._wake.wait()
            except TimeoutError:
                yield self._beat()
            self._wake.clear()
            if self._waiting:
                yield self._gathered()

    def _beat(self) -> bytes:
        # Asked first: it tells what has gathered, and that goes ahead of the position.
        position = self.room.position()
        if self.ending is not None:
            return self._gathered()  # it was more than may wait: some was not taken
        return self._gathered() + beat(position)

    def _gathered(self) -> bytes:
        gathered, self._size = b"".join(self._waiting), 0
        self._sent += len(self._waiting)
        self._bytes_sent += len(gathered)
        self._waiting.clear()
        self._allowed = self._limit
        return gathered


def event(publication: Publication) -> bytes:
    """Write a publication as an event: every line of it is a line of data."""
    html = publication.html.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = b"".join(b"data: %b\n" % line for line in html.split(b"\n"))
    return b"id: %b\n%b\n" % (publication.cursor, data)


def beat(position: Cursor) -> bytes:
    """Write a sign of life, with the present position.

    An event of another name than "message" reaches no page that does not ask for it, but its id is
    remembered.
    """
    return f"id: {position}\nevent: beat\ndata: {position}\n\n".encode()


async def turbo_stream_events(request: Request[State]) -> Response:
    """Send the Turbo Streams of the group in the path; what was missed, by `Last-Event-ID`."""
    if request.method == "HEAD":  # Starlette sends it here, too; its answer would never come
        return Response(status_code=405, headers={"allow": "GET"})
    with arriving(request.scope):
        return await _answer(request)


async def _answer(request: Request[State]) -> Response:
    reception = request.state["reception"]
    try:
        listener = await reception.welcome(request, lambda welcome: _seat(request, welcome))
    except RefusedError as refused:
        tell_refused(refused)
        refusal = reception.refusal(refused)
        refusal.headers.update(_readable(request))
        return refusal
    return _EventResponse(request.state, listener, _readable(request))


def _seat(request: Request[State], welcome: Welcome) -> EventListener:
    limit = request.state["settings"].max_unsent_bytes
    abort = request.scope["extensions"][ABORT]
    listener = EventListener(welcome, limit, abort)
    tell_seated(welcome)
    listener.give_missed(welcome.missed.publications)
    welcome.room.attach(listener, welcome.missed.since)
    return listener


def _readable(request: Request[State]) -> dict[str, str]:
    """Let a page of another origin than the gateway's own read the answer, a refusal too.

    Without these headers a browser takes "try again" for a page that may not ask.
    """
    origin = request.headers.get("origin")
    if origin is None or not request.state["reception"].gatekeeper.allows_origin(request):
        return {}
    return {"access-control-allow-origin": origin, "vary": "origin"}


class _EventResponse(StreamingResponse):
    """The answer that goes on until the client or the listener ends."""

    def __init__(self, state: State, listener: EventListener, readable: dict[str, str]) -> None:
        self._state = state
        self._listener = listener
        super().__init__(
            listener.events(state["settings"].ping_seconds),
            media_type="text/event-stream",
            headers={**HEADERS, **readable},
        )

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state, listener = self._state, self._listener
        metrics, admission = state["metrics"], listener.admission
        ends_at, farewell = state["heartbeat"].lifetime(admission.expires - time.time())
        end = asyncio.get_running_loop().call_at(ends_at, listener.end, farewell)
        metrics.count_opened("sse")
        try:
            await super().__call__(scope, receive, self._within_time(send))
        finally:
            end.cancel()
            listener.finished()
            if listener.ending is TOO_SLOW:
                metrics.slow_sockets.inc()
            ended = listener.ended()
            metrics.count_closed("sse", ended.code)
            state["lines"].add(ended)
            state["hub"].leave(listener.room, listener)
            state["reception"].gatekeeper.release(admission)

    def _within_time(self, send: Send) -> Send:
        """Wait for a client that takes nothing, but not for ever."""

        async def send_within_time(message: Message) -> None:
            try:
                async with asyncio.timeout(TAKE_SECONDS):
                    await send(message)
            except TimeoutError:
                self._listener.cut_off()

        return send_within_time
