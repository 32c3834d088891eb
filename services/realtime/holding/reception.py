"""The way in for every listener, whatever carries it: admission, room, what it missed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response

from services.realtime.admission.gatekeeper import Admission, Gatekeeper, RefusedError
from services.realtime.admission.headers import header
from services.realtime.holding.drain import Drain
from services.realtime.metrics import GatewayMetrics
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.resume import Missed, missed_since
from services.realtime.rooms.room import Room
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import Cursor, CursorError
from services.shared.process.logging import get_logger

SINCE: Final = "since"
LAST_EVENT_ID: Final = b"last-event-id"
AGAIN: Final = {"retry-after": "1"}
NOTHING_MISSED: Final = Missed([], "live")

log = get_logger("realtime.reception")


@dataclass(frozen=True, slots=True)
class Welcome:
    """Whom a listener is, where it goes, and what it is told first."""

    admission: Admission
    room: Room
    missed: Missed


class Reception:
    """Lets listeners in, or refuses them before anything is answered."""

    def __init__(
        self, gatekeeper: Gatekeeper, hub: Hub, drain: Drain, metrics: GatewayMetrics
    ) -> None:
        self.gatekeeper = gatekeeper
        self._hub = hub
        self._drain = drain
        self._metrics = metrics

    async def welcome[Seated](
        self, connection: HTTPConnection[Any], seat: Callable[[Welcome], Seated]
    ) -> Seated:
        """Give `connection` its place: `seat` attaches it to the room and returns who it is there.

        Raises `RefusedError`, and what `seat` raises: then the place is given back; otherwise that
        is up to whoever holds it.
        """
        self._check_open()
        admission = self.gatekeeper.admit(connection)
        try:
            async with self._hub.visiting(admission.group) as room:
                missed = await self._missed(connection, room)
                self._check_open()  # once more: whoever is seated now would be sent away by nobody
                self.gatekeeper.check_again(admission)
                self._metrics.count_resumed(missed.source, len(missed.publications))
                return seat(Welcome(admission, room, missed))
        except BusAwayError as error:
            self.gatekeeper.release(admission)
            log.info("bus_away", reason=str(error))
            raise RefusedError(503, "the bus is away: try again", AGAIN) from error
        except BaseException:
            self.gatekeeper.release(admission)
            raise

    def _check_open(self) -> None:
        if self._drain.has_begun:
            raise RefusedError(503, "this gateway is stopping: try again", AGAIN)

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
        return await missed_since(room, self._hub.archive, since)

    def refusal(self, refused: RefusedError) -> Response:
        """Answer with the reason, and count it."""
        self._metrics.refused_handshakes.labels(status=refused.status).inc()
        return PlainTextResponse(
            f"{refused.reason}\n", status_code=refused.status, headers=dict(refused.headers)
        )
