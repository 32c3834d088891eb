"""The endpoint of Server-Sent Events, for networks that block WebSockets and for plain tools."""

import asyncio
import time
from typing import Final, override

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from services.realtime.admission.gatekeeper import AdmissionDeniedError
from services.realtime.close_codes import TOO_SLOW
from services.realtime.listeners.event_stream import EventStream
from services.realtime.listeners.handshake_span import handshake_span, record_denied, record_joined
from services.realtime.listeners.joining import Joined
from services.realtime.state import State
from services.realtime.upgrade.http_protocol import ABORT

# Within this time a client reads what is written at once, which may be all that it has missed.
WRITE_SECONDS: Final = 40.0
HEADERS: Final = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # else nginx buffers what is to be sent at once
}


async def turbo_stream_events(request: Request[State]) -> Response:
    """Send the Turbo Streams of the group in the path, after `Last-Event-ID` those since then."""
    if request.method == "HEAD":  # Starlette routes it here, and its answer would never end
        return Response(status_code=405, headers={"allow": "GET"})
    with handshake_span(request.scope):
        return await _answer(request)


async def _answer(request: Request[State]) -> Response:
    joining = request.state["joining"]
    try:
        stream = await joining.join(request, lambda joined: _open(request, joined))
    except AdmissionDeniedError as denied:
        record_denied(denied)
        refusal = joining.refusal(denied)
        refusal.headers.update(_cors_headers(request))
        return refusal
    return _EventResponse(request.state, stream, _cors_headers(request))


def _open(request: Request[State], joined: Joined) -> EventStream:
    limit = request.state["settings"].max_unsent_bytes
    stream = EventStream(joined, limit, abort=request.scope["extensions"][ABORT])
    record_joined(joined)
    stream.deliver_missed(joined.missed.publications)
    joined.room.attach(stream, joined.missed.since)
    return stream


def _cors_headers(request: Request[State]) -> dict[str, str]:
    """Return the headers that let a page of an allowed origin read the answer, a refusal too.

    Without them a browser cannot tell "try again" from "forbidden".
    """
    origin = request.headers.get("origin")
    if origin is None or not request.state["joining"].gatekeeper.allows_origin(request):
        return {}
    return {"access-control-allow-origin": origin, "vary": "origin"}


class _EventResponse(StreamingResponse):
    """A response that lasts until the client or the gateway ends it."""

    def __init__(self, state: State, stream: EventStream, cors_headers: dict[str, str]) -> None:
        self._state = state
        self._stream = stream
        super().__init__(
            stream.events(state["settings"].ping_seconds),
            media_type="text/event-stream",
            headers={**HEADERS, **cors_headers},
        )

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state, stream = self._state, self._stream
        lifetime = state["heartbeat"].lifetime(stream.admission.expires - time.time())
        expiry = asyncio.get_running_loop().call_at(lifetime[0], stream.end, lifetime[1])
        state["metrics"].count_opened("sse")
        try:
            await super().__call__(scope, receive, self._within_time(send))
        finally:
            expiry.cancel()
            self._finish()

    def _finish(self) -> None:
        state, stream = self._state, self._stream
        stream.finished()
        if stream.close_reason is TOO_SLOW:
            state["metrics"].slow_sockets.inc()
        ended = stream.ended()
        state["metrics"].count_closed("sse", ended.code)
        state["socket_log"].add(ended)
        state["hub"].leave(stream.room, stream)
        state["joining"].gatekeeper.release(stream.admission)

    def _within_time(self, send: Send) -> Send:
        """Cut off a client that reads nothing for `WRITE_SECONDS`."""

        async def send_within_time(message: Message) -> None:
            try:
                async with asyncio.timeout(WRITE_SECONDS):
                    await send(message)
            except TimeoutError:
                self._stream.cut_off()

        return send_within_time
