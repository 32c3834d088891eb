"""A client is refused if the gateway drains or its token is revoked while it joins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from starlette.requests import HTTPConnection

from services.realtime.admission.gatekeeper import Admission, AdmissionDeniedError, Gatekeeper
from services.realtime.listeners.drain import Drain
from services.realtime.listeners.joining import Joined, Joining
from services.realtime.metrics import GatewayMetrics
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.room import Room
from tests.support.group_sockets import ADMISSION, room_of


class Places:
    """A gatekeeper that admits everybody, and counts."""

    def __init__(self, *, revokes: bool = False) -> None:
        self.taken = 0
        self._revokes = revokes

    def admit(self, _connection: object) -> Admission:
        self.taken += 1
        return ADMISSION

    def check_again(self, _admission: Admission) -> None:
        if self._revokes:
            raise AdmissionDeniedError(403, "the token has been revoked")

    def release(self, _admission: Admission) -> None:
        self.taken -= 1


class SlowHub:
    """A hub whose rooms open so slowly that the drain may begin meanwhile."""

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


async def test_a_client_that_waits_is_attached() -> None:
    places, joined = Places(), list[Joined]()
    await reception_of(places, stops=False).join(CONNECTION, joined.append)
    assert len(joined) == places.taken == 1


async def test_a_client_that_waits_while_the_drain_begins_is_refused() -> None:
    places, joined = Places(), list[Joined]()
    with pytest.raises(AdmissionDeniedError) as refused:
        await reception_of(places, stops=True).join(CONNECTION, joined.append)
    assert refused.value.status == 503
    assert len(joined) == places.taken == 0


async def test_a_client_whose_token_is_revoked_while_it_waits_is_refused() -> None:
    places, joined = Places(revokes=True), list[Joined]()
    with pytest.raises(AdmissionDeniedError) as refused:
        await reception_of(places, stops=False).join(CONNECTION, joined.append)
    assert refused.value.status == 403
    assert len(joined) == places.taken == 0
