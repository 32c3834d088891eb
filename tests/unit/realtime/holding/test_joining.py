"""Nobody is let in by a gateway that began to stop while he waited at its door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from starlette.requests import HTTPConnection

from services.realtime.admission.gatekeeper import Admission, AdmissionDeniedError, Gatekeeper
from services.realtime.holding.drain import Drain
from services.realtime.holding.joining import Joined, Joining
from services.realtime.metrics import GatewayMetrics
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.room import Room
from tests.support.group_sockets import ADMISSION, room_of


class Places:
    """Lets everybody in, and counts who is inside."""

    def __init__(self) -> None:
        self.taken = 0

    def admit(self, _connection: object) -> Admission:
        self.taken += 1
        return ADMISSION

    def check_again(self, _admission: Admission) -> None:
        """Find nothing wrong."""

    def release(self, _admission: Admission) -> None:
        self.taken -= 1


class SlowHub:
    """Rooms that take so long to open that the gateway begins to stop."""

    def __init__(self, drain: Drain, *, stops: bool) -> None:
        self._drain = drain
        self._stops = stops

    @asynccontextmanager
    async def visiting(self, _group: object) -> AsyncIterator[Room]:
        self._drain.has_begun = self._stops
        yield room_of()


def reception_of(places: Places, *, stops: bool) -> Joining:
    drain = Drain(10)
    hub = cast(Hub, SlowHub(drain, stops=stops))
    return Joining(cast(Gatekeeper, places), hub, drain, GatewayMetrics())


CONNECTION = HTTPConnection({"type": "websocket", "headers": [], "query_string": b""})


async def test_who_waits_while_the_gateway_goes_on_is_seated() -> None:
    places, seated = Places(), list[Joined]()
    await reception_of(places, stops=False).join(CONNECTION, seated.append)
    assert len(seated) == places.taken == 1


async def test_who_waits_while_the_gateway_begins_to_stop_is_refused() -> None:
    places, seated = Places(), list[Joined]()
    with pytest.raises(AdmissionDeniedError) as refused:
        await reception_of(places, stops=True).join(CONNECTION, seated.append)
    assert refused.value.status == 503
    assert len(seated) == places.taken == 0
