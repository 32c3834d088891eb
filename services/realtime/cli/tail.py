"""`natter tail`: show what is published to a group, each publication once and none left out.

A live message only triggers a read. All that is shown is read from the stream, in order, after the
last one shown: so nothing is doubled or skipped.
"""

import argparse
import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from nats.aio.msg import Msg

from services.realtime.nats_reading.direct_get import StoredPublication
from services.realtime.nats_reading.jetstream_reader import JetStreamReader
from services.shared.bus.command_line import connected
from services.shared.bus.command_settings import OperatorSettings
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import Cursor, StreamBounds
from services.shared.bus.subjects import Group, live_turbo_stream_subject
from services.shared.process.command_line import CommandError, refused, remark, say
from services.shared.process.terminal import printable

LOOK_SECONDS: Final = 1.0
"""The live message of a publication can be lost: so look again without one."""
UNREADABLE: Final = (
    "no answer about the stream: is it there, and may this user read it? `operator` may"
)


_remark = partial(remark, "natter")


def tail(options: argparse.Namespace) -> None:
    """Show publications of `options.group` until Ctrl+C."""
    try:
        asyncio.run(_follow(options))
    except KeyboardInterrupt:
        return


async def _follow(options: argparse.Namespace) -> None:
    news = asyncio.Event()

    async def wake(_message: Msg) -> None:
        news.set()

    async with connected(OperatorSettings, name="natter-tail", on_gap=news.set) as bus:
        await bus.client.subscribe(live_turbo_stream_subject(options.group), cb=wake)
        begun = await _begin(JetStreamReader(bus.client), options)
        _remark(f"following {options.group} from {begun.place}; Ctrl+C ends it")
        while True:
            news.clear()
            await begun.catch_up()
            await _next_look(news)


async def _next_look(news: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await news.wait()
    except TimeoutError:
        return


@dataclass(slots=True)
class _Tail:
    """How far the group has been shown, and how far the stream had come when last asked."""

    jetstream: JetStreamReader
    group: Group
    as_json: bool
    place: Cursor
    head: int
    away: bool = field(default=False)

    async def catch_up(self) -> None:
        """Show new publications; report once that NATS is away, and try again later."""
        try:
            self._compare(await self.jetstream.bounds())
            async for batch in self.jetstream.batches(self.group, self.place.sequence):
                for stored in batch:
                    self.place = Cursor(self.place.epoch, stored.sequence)
                    say(self._line(stored))
        except BusAwayError:
            self._note(away=True)
        else:
            self._note(away=False)

    def _compare(self, bounds: StreamBounds) -> None:
        """Report where the stream was made anew, or has dropped what was not yet shown."""
        if bounds.epoch != self.place.epoch:
            _remark("the stream was made anew; going on from its beginning")
            self.place = Cursor(bounds.epoch, 0)
        elif bounds.first_sequence > max(self.place.sequence, self.head) + 1:
            _remark(f"what was published before number {bounds.first_sequence} is gone")
        self.head = bounds.last_sequence

    def _note(self, *, away: bool) -> None:
        if away != self.away:
            _remark("NATS does not answer; waiting" if away else "NATS answers again")
        self.away = away

    def _line(self, stored: StoredPublication) -> str:
        html = stored.payload.decode(errors="backslashreplace")
        size = len(stored.payload)
        cursor = str(self.place)
        if self.as_json:
            shown = {"cursor": cursor, "time": stored.time, "size": size, "html": html}
            return json.dumps(shown)
        return printable(f"{cursor}  {stored.time}  {size} B  {html}")


async def _begin(jetstream: JetStreamReader, options: argparse.Namespace) -> _Tail:
    """Find where to begin: after the cursor, before the last few, or now."""
    try:
        await jetstream.open()
        place = await _start(jetstream, options, await jetstream.bounds())
    except BusAwayError as error:
        raise CommandError(UNREADABLE) from error
    return _Tail(jetstream, options.group, options.json, place, place.sequence)


async def _start(
    jetstream: JetStreamReader, options: argparse.Namespace, bounds: StreamBounds
) -> Cursor:
    since: Cursor | None = options.since
    if since is not None:
        return _checked(since, bounds)
    if options.last == 0:
        return bounds.head
    latest: deque[int] = deque(maxlen=options.last)
    async for batch in jetstream.batches(options.group, bounds.first_sequence - 1):
        latest.extend(stored.sequence for stored in batch)
    return Cursor(bounds.epoch, latest[0] - 1) if latest else bounds.head


def _checked(since: Cursor, bounds: StreamBounds) -> Cursor:
    if since.epoch != bounds.epoch or since.sequence > bounds.last_sequence:
        raise refused("the cursor is of another stream than the one that is there now")
    return since
