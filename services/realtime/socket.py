"""The WebSocket endpoint: admit, forward, say why it ends."""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.realtime.admission import RefusedError, admit
from services.realtime.listener import Listener, TooSlowError
from services.realtime.state import State

CLOSED_TOO_SLOW: Final = 4008


async def turbo_stream_socket(socket: WebSocket[State]) -> None:
    """Forward the Turbo Streams of the group in the path; what the client says is ignored."""
    state = socket.state
    try:
        group = admit(socket, state["settings"].allowed_origins)
    except RefusedError as refusal:
        state["metrics"].refused_handshakes.labels(status=refusal.status).inc()
        await socket.send_denial_response(
            PlainTextResponse(f"{refusal.reason}\n", status_code=refusal.status)
        )
        return
    async with state["hub"].listening(group) as listener:
        await socket.accept()
        await _forward(socket, listener)


async def _forward(socket: WebSocket[State], listener: Listener) -> None:
    async with asyncio.TaskGroup() as tasks:
        writer = tasks.create_task(_write(socket, listener))
        await _read_until_closed(socket)
        writer.cancel()


async def _read_until_closed(socket: WebSocket[State]) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return


async def _write(socket: WebSocket[State], listener: Listener) -> None:
    try:
        while True:
            await socket.send_text(await listener.next())
    except TooSlowError:
        socket.state["metrics"].slow_sockets.inc()
        await socket.close(CLOSED_TOO_SLOW, "too slow")
    except WebSocketDisconnect:
        return
