"""The WebSocket endpoint: it decides, and hands the connection over to be held."""

import time
from contextlib import suppress
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from services.realtime.admission.gatekeeper import RefusedError
from services.realtime.holding.listener import GroupSocket
from services.realtime.holding.reception import Welcome
from services.realtime.rooms.publication import joined
from services.realtime.state import State
from services.realtime.websocket.protocol import hold

SUBPROTOCOL: Final = "turbo-stream.v1"


async def turbo_stream_socket(socket: WebSocket[State]) -> None:
    """Send the Turbo Streams of the group in the path; what the client says is ignored.

    `?since=` gives what was published after that cursor first.
    """
    began = time.perf_counter()
    reception = socket.state["reception"]
    try:
        async with reception.welcome(socket) as welcome:
            _seat(socket, welcome)
    except RefusedError as refused:
        with suppress(WebSocketDisconnect):
            await socket.send_denial_response(reception.refusal(refused))
    except ConnectionError:
        pass  # it did not wait for the answer
    else:
        socket.state["metrics"].handshake_seconds.observe(time.perf_counter() - began)


def _seat(socket: WebSocket[State], welcome: Welcome) -> None:
    state = socket.state
    admission, room = welcome.admission, welcome.room
    heartbeat = state["heartbeat"]
    ends_at, farewell = heartbeat.lifetime(admission.expires - time.time())
    held = GroupSocket(state["seating"], admission, room, ends_at, farewell)
    offered = socket.scope["subprotocols"]
    hold(socket, held, SUBPROTOCOL if SUBPROTOCOL in offered else None)
    state["metrics"].count_opened("websocket")
    if welcome.missed.publications:
        held.give_missed(joined(welcome.missed.publications))
    room.attach(held, welcome.missed.since)
    heartbeat.add(held)
