"""The drain ends each listener once, spread over the time; on a clock of the test's own."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import cast, override

from services.realtime.close_codes import CloseReason
from services.realtime.listeners.drain import MAX_RETRY_MS, Drain
from services.realtime.rooms.hub import Hub
from tests.support.clock_loop import clock_loop, run_by_clock


@dataclass(eq=False)
class Leaver:
    """A listener that notes when and how it is ended."""

    ends: list[tuple[float, CloseReason]] = field(default_factory=list)

    def end(self, reason: CloseReason) -> None:
        self.ends.append((clock_loop().now, reason))


@dataclass
class Everybody:
    """A hub as the drain sees it."""

    listeners: list[Leaver]


def drained(count: int, seconds: float) -> tuple[list[Leaver], float]:
    """Drain that many within `seconds`; return them, and how long it took."""

    async def run() -> float:
        await Drain(seconds).run(cast("Hub", Everybody(list(leavers))))
        return clock_loop().now

    leavers = [Leaver() for _ in range(count)]
    return leavers, run_by_clock(run())


def test_everybody_is_ended_once_and_told_to_come_back() -> None:
    for count in (1, 7, 199, 201, 2000):
        for seconds in (0, 0.01, 10):
            leavers, _ = drained(count, seconds)
            for leaver in leavers:
                ((_, reason),) = leaver.ends
                assert reason.code == 4000
                found = re.fullmatch(r"retry=(\d{1,3})", reason.reason)
                assert found is not None
                assert int(found[1]) < MAX_RETRY_MS


def test_many_are_spread_evenly_over_the_time() -> None:
    leavers, took = drained(5000, 10)
    assert 9 < took <= 10
    by_second = Counter(int(leaver.ends[0][0]) for leaver in leavers)
    assert set(by_second) == set(range(10))
    assert all(450 <= count <= 550 for count in by_second.values())


def test_they_go_in_no_order_and_are_not_told_to_come_back_at_one_moment() -> None:
    leavers, _ = drained(1000, 10)
    times = [leaver.ends[0][0] for leaver in leavers]
    assert times != sorted(times)
    assert len({leaver.ends[0][1].reason for leaver in leavers}) > 300


def test_few_do_not_take_the_time_of_many() -> None:
    for count, longest in ((0, 0), (1, 0), (5, 0.05), (100, 1), (300, 3)):
        _, took = drained(count, 600)
        assert took <= longest, count


def test_from_its_first_moment_nobody_is_taken_in_any_more() -> None:
    async def run() -> None:
        drain = Drain(10)
        assert not drain.has_begun
        seen: list[bool] = []

        class Watcher(Leaver):
            @override
            def end(self, reason: CloseReason) -> None:
                super().end(reason)
                seen.append(drain.has_begun)

        await drain.run(cast("Hub", Everybody([Watcher()])))
        assert seen == [drain.has_begun] == [True]

    run_by_clock(run())
