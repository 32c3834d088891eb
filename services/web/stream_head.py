"""From where a page must listen so that nothing is missed between its rows and its socket."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from services.shared.bus import CONNECTION_FAULTS, Bus
from services.shared.logging import get_logger
from services.shared.position import Cursor, StreamInfoError, read_bounds
from services.shared.subjects import TURBO_STREAM_GET_SUBJECT, Group, turbo_stream_subject

FRESH_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 0.5
NOTHING_FOUND: Final = "404"
# How far the clocks of PostgreSQL and NATS may be apart; what is replayed too much does no harm.
SKEW: Final = timedelta(seconds=2)

log = get_logger("web.stream_head")


class StreamHead:
    """Knows a lower bound of how far publications have come, asking at most once a second.

    A page that takes it before its rows and listens from there misses nothing: what its rows do
    not show was published later. A bound that is too low only has something shown twice.
    """

    def __init__(self, bus: Bus) -> None:
        self._client = bus.client
        self._one_flight = asyncio.Lock()
        self._asked = float("-inf")
        self._known: Cursor | None = None

    async def read(self) -> Cursor | None:
        """Return the bound; while NATS is away the last one known, None where there never was."""
        clock = asyncio.get_running_loop().time
        async with self._one_flight:
            if clock() - self._asked >= FRESH_SECONDS:
                self._asked = clock()
                self._known = await self._ask() or self._known
        return self._known

    async def reach_back(
        self, head: Cursor | None, group: Group, moment: datetime
    ) -> Cursor | None:
        """Return the place before what was published to `group` since `moment`, at most `head`.

        None where NATS does not tell: then the page has to be read again.
        """
        if head is None or not self._client.is_connected:
            return None
        try:
            headers = await self._first_since(group, moment - SKEW)
        except CONNECTION_FAULTS as error:
            log.warning("stream_unread", error=repr(error))
            return None
        # Asked first: a publisher may have given its message a status of its own.
        if "Nats-Sequence" in headers:
            return Cursor(head.epoch, min(head.sequence, int(headers["Nats-Sequence"]) - 1))
        return head if headers.get("Status") == NOTHING_FOUND else None

    async def _first_since(self, group: Group, moment: datetime) -> Mapping[str, str]:
        """Return the headers of the first publication since `moment` (NATS ADR-31, direct get)."""
        query = {
            "next_by_subj": turbo_stream_subject(group),
            "start_time": moment.isoformat(),
        }
        reply = await self._client.request(
            TURBO_STREAM_GET_SUBJECT, json.dumps(query).encode(), timeout=ANSWER_SECONDS
        )
        return reply.headers or {}

    async def _ask(self) -> Cursor | None:
        if not self._client.is_connected:
            return None
        try:
            return (await read_bounds(self._client, seconds=ANSWER_SECONDS)).head
        except (StreamInfoError, *CONNECTION_FAULTS) as error:
            log.warning("stream_head_unread", error=repr(error))
            return None
