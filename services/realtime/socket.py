"""The WebSocket endpoint: admit, forward, say why it ends."""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.realtime.admission import RefusedError, admit
from services.realtime.listener import TOO_SLOW, Ending, Listener, ListeningEndedError
from services.realtime.state import State
from services.shared.bus import BusAwayError

CLOSE_SECONDS: Final = 10.0


async def turbo_stream_socket(socket: WebSocket[State]) -> None:
    """Forward the Turbo Streams of the group in the path; what the client says is ignored."""
    try:
        group = admit(socket, socket.state["settings"].allowed_origins)
        async with socket.state["hub"].listening(group) as listener:
            await _serve(socket, listener)
    except RefusedError as refusal:
        await _refuse(socket, refusal)
    except BusAwayError:
        await _refuse(socket, RefusedError(503, "the bus is away: try again"))


async def _refuse(socket: WebSocket[State], refusal: RefusedError) -> None:
    socket.state["metrics"].refused_handshakes.labels(status=refusal.status).inc()
    answer = PlainTextResponse(f"{refusal.reason}\n", status_code=refusal.status)
    with suppress(WebSocketDisconnect):
        await socket.send_denial_response(answer)


async def _serve(socket: WebSocket[State], listener: Listener) -> None:
    try:
        await socket.accept()
        await _forward(socket, listener)
    except* ListeningEndedError as ended:
        # The writer and the watch may both have met it.
        if isinstance(error := ended.exceptions[0], ListeningEndedError):
            await _close(socket, error.ending)
    except* WebSocketDisconnect:
        pass  # it went away during the handshake


async def _forward(socket: WebSocket[State], listener: Listener) -> None:
    async with asyncio.TaskGroup() as tasks:
        # A writer that waits for a reader who has stopped never sees the end itself.
        writer = tasks.create_task(_write(socket, listener))
        watch = tasks.create_task(listener.ended())
        await _read_until_closed(socket)
        writer.cancel()
        watch.cancel()


async def _read_until_closed(socket: WebSocket[State]) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return


async def _write(socket: WebSocket[State], listener: Listener) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(await listener.next())


async def _close(socket: WebSocket[State], ending: Ending) -> None:
    """Say why, if the reader takes anything at all within the time; it gets nothing else."""
    if ending is TOO_SLOW:
        socket.state["metrics"].slow_sockets.inc()
    with suppress(TimeoutError, WebSocketDisconnect):
        async with asyncio.timeout(CLOSE_SECONDS):
            await socket.close(ending.code, ending.reason)
