"""The WebSocket endpoint: it admits a client, and hands the connection over to a `GroupSocket`."""

import time
from contextlib import suppress
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from services.realtime.admission.gatekeeper import AdmissionDeniedError
from services.realtime.listeners.group_socket import GroupSocket
from services.realtime.listeners.handshake_span import handshake_span, record_denied, record_joined
from services.realtime.listeners.joining import Joined
from services.realtime.state import State
from services.realtime.upgrade.websocket_protocol import hold
from services.shared.process.tracing.context import trace_id

SUBPROTOCOL: Final = "turbo-stream.v1"


class TurboStreamSocket:
    """Sends the Turbo Streams of the group in the path, after `?since=` those since that cursor.

    An ASGI application instead of a function of a `WebSocket`: after `hold` Starlette has no
    connection to manage.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with handshake_span(scope):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        connection = HTTPConnection[State](scope)
        state: State = scope["state"]
        joining = state["joining"]
        try:
            await joining.join(connection, lambda joined: _hold(connection, state, joined))
        except AdmissionDeniedError as denied:
            record_denied(denied)
            with suppress(WebSocketDisconnect, OSError):
                await joining.refusal(denied)(scope, receive, send)
        except ConnectionError:
            pass  # the client went away before it was answered
        else:
            state["metrics"].handshake_seconds.observe(time.perf_counter() - began)


def _hold(connection: HTTPConnection[State], state: State, joined: Joined) -> None:
    admission, room = joined.admission, joined.room
    heartbeat = state["heartbeat"]
    expires_at, expiry_reason = heartbeat.lifetime(admission.expires - time.time())
    socket = GroupSocket(state["socket_options"], admission, room, expires_at, expiry_reason)
    offered = connection.scope["subprotocols"]
    hold(connection, socket, SUBPROTOCOL if SUBPROTOCOL in offered else None)
    state["metrics"].count_opened("websocket")
    if joined.missed.publications:
        socket.deliver_missed(joined.missed.publications)
    room.attach(socket, joined.missed.since)
    socket.opened(heartbeat.now, joined.missed, trace_id())
    record_joined(joined)
    heartbeat.add(socket)
