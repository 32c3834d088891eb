"""Services are scaled up and down under load, in any order, and every replica gets its part."""

import asyncio
from itertools import accumulate
from typing import Final

import pytest

from tests.compose.load import Busy, Load
from tests.compose.project import Project
from tests.compose.replicas import metric
from tests.support.waiting import until

ONE: Final = {"realtime": 1, "web": 1, "ai": 1}
MANY: Final = {"realtime": 3, "web": 2, "ai": 2}
COUNTED: Final = {
    "realtime": "natter_realtime_sockets_opened_total",
    "web": "natter_web_requests_total",
    "ai": "natter_ai_answers_ended_total",
}


@pytest.mark.parametrize("order", [("realtime", "web", "ai"), ("ai", "web", "realtime")])
async def test_scaling_loses_nothing(stack: Project, busy: Busy, order: tuple[str, ...]) -> None:
    what = f"scaled to {_written(MANY)} and back, {order[0]} first"
    async with busy(what) as load:
        for counts in _steps(ONE, MANY, order):
            await _scale(stack, counts)
            await load.more(3)
        await load.open_pages()
        for service in order:
            await _has_reached_every_replica(stack, load, service)
        for counts in _steps(MANY, ONE, order):
            await _scale(stack, counts)
            await load.more(3)


def _steps(
    before: dict[str, int], after: dict[str, int], order: tuple[str, ...]
) -> list[dict[str, int]]:
    """Return the counts of each step: one service after the other is changed."""
    changes = ({service: after[service]} for service in order)
    return list(accumulate(changes, lambda counts, change: counts | change, initial=before))[1:]


async def _scale(stack: Project, counts: dict[str, int]) -> None:
    """Scale as a person does, by naming every count; what runs and stays is left alone."""
    before = {service: stack.containers(service) for service in counts}
    arguments = [f"--scale={service}={count}" for service, count in counts.items()]
    await asyncio.to_thread(stack.up, *arguments)
    for service, count in counts.items():
        now = stack.containers(service)
        assert len(now) == count
        assert set(now) <= set(before[service]) or set(before[service]) <= set(now)


async def _has_reached_every_replica(stack: Project, load: Load, service: str) -> None:
    """Wait until each replica has had something to do."""
    containers = stack.containers(service)

    async def have_worked() -> bool:
        counts = [
            await asyncio.to_thread(metric, each, service, COUNTED[service]) for each in containers
        ]
        return all(counts)

    await until(have_worked)
    await load.more(1)


def _written(counts: dict[str, int]) -> str:
    return ", ".join(f"{service} {count}" for service, count in counts.items())
