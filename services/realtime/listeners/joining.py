"""Joins listeners to groups: admits them, enters the room, and finds what they missed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response

from services.realtime.admission.gatekeeper import (
    Admission,
    AdmissionDeniedError,
    Gatekeeper,
    header,
)
from services.realtime.listeners.drain import Drain
from services.realtime.metrics import GatewayMetrics
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.resume import Missed, missed_since
from services.realtime.rooms.room import Room
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import Cursor, CursorError
from services.shared.process.logging import get_logger

SINCE: Final = "since"
LAST_EVENT_ID: Final = b"last-event-id"
RETRY: Final = {"retry-after": "1"}
NOTHING_MISSED: Final = Missed([], "live")

log = get_logger("realtime.joining")


@dataclass(frozen=True, slots=True)
class Joined:
    """A listener's admission, its room, and the publications that it is sent first."""

    admission: Admission
    room: Room
    missed: Missed


class Joining:
    """Lets listeners join, or refuses them before anything is answered."""

    def __init__(
        self, gatekeeper: Gatekeeper, hub: Hub, drain: Drain, metrics: GatewayMetrics
    ) -> None:
        self.gatekeeper = gatekeeper
        self._hub = hub
        self._drain = drain
        self._metrics = metrics

    async def join[Listening](
        self, connection: HTTPConnection[Any], attach: Callable[[Joined], Listening]
    ) -> Listening:
        """Admit `connection`, and have `attach` attach a listener to the room; return its result.

        Raises `AdmissionDeniedError`, and what `attach` raises: then the admission is released.
        Otherwise the listener has to release it at its end.
        """
        self._check_drain()
        admission = self.gatekeeper.admit(connection)
        try:
            async with self._hub.visiting(admission.group) as room:
                missed = await self._missed(connection, room)
                # A drain that began meanwhile would not close this listener.
                self._check_drain()
                self.gatekeeper.check_again(admission)
                self._metrics.count_resumed(missed.source, len(missed.publications))
                return attach(Joined(admission, room, missed))
        except BusAwayError as error:
            self.gatekeeper.release(admission)
            log.info("bus_away", reason=str(error))
            raise AdmissionDeniedError(503, "the bus is away: try again", RETRY) from error
        except BaseException:
            self.gatekeeper.release(admission)
            raise

    def refusal(self, denied: AdmissionDeniedError) -> Response:
        """Count a refusal, and return its answer."""
        self._metrics.refused_handshakes.labels(status=denied.status).inc()
        return PlainTextResponse(
            f"{denied.reason}\n", status_code=denied.status, headers=dict(denied.headers)
        )

    def _check_drain(self) -> None:
        if self._drain.has_begun:
            raise AdmissionDeniedError(503, "this gateway is stopping: try again", RETRY)

    async def _missed(self, connection: HTTPConnection[Any], room: Room) -> Missed:
        position = header(connection, LAST_EVENT_ID)
        if not position and connection.scope["query_string"]:
            position = connection.query_params.get(SINCE)
        if position is None:
            return NOTHING_MISSED
        try:
            since = Cursor.parse(position)
        except CursorError:
            since = None
        return await missed_since(room, self._hub.history, since)
