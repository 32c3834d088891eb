"""The WebSocket endpoint: it decides, and hands the connection over to be held."""

import time
from contextlib import suppress
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from services.realtime.admission.gatekeeper import RefusedError
from services.realtime.holding.arrival import arriving, tell_refused, tell_seated
from services.realtime.holding.listener import GroupSocket
from services.realtime.holding.reception import Welcome
from services.realtime.state import State
from services.realtime.upgrade.websocket import hold
from services.shared.process.tracing.context import trace_id

SUBPROTOCOL: Final = "turbo-stream.v1"


class TurboStreamSocket:
    """Sends the Turbo Streams of the group in the path; what the client says is ignored.

    `?since=` gives what was published after that cursor first. An ASGI application and no function
    of a `WebSocket`: Starlette would watch over a conversation that there is none of.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with arriving(scope):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        connection = HTTPConnection[State](scope)
        state: State = scope["state"]
        reception = state["reception"]
        try:
            await reception.welcome(connection, lambda welcome: _seat(connection, state, welcome))
        except RefusedError as refused:
            tell_refused(refused)
            with suppress(WebSocketDisconnect, OSError):
                await reception.refusal(refused)(scope, receive, send)
        except ConnectionError:
            pass  # it did not wait for the answer
        else:
            state["metrics"].handshake_seconds.observe(time.perf_counter() - began)


def _seat(connection: HTTPConnection[State], state: State, welcome: Welcome) -> None:
    admission, room = welcome.admission, welcome.room
    heartbeat = state["heartbeat"]
    ends_at, farewell = heartbeat.lifetime(admission.expires - time.time())
    held = GroupSocket(state["seating"], admission, room, ends_at, farewell)
    offered = connection.scope["subprotocols"]
    hold(connection, held, SUBPROTOCOL if SUBPROTOCOL in offered else None)
    state["metrics"].count_opened("websocket")
    if welcome.missed.publications:
        held.give_missed(welcome.missed.publications)
    room.attach(held, welcome.missed.since)
    held.begin(heartbeat.now, welcome.missed, trace_id())
    tell_seated(welcome)
    heartbeat.add(held)
