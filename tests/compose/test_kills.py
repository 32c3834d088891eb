"""Replicas are killed in the middle of answers: others go on, and the engine brings them back."""

import asyncio

import pytest

from tests.compose.journey import staying
from tests.compose.load import Busy
from tests.compose.project import Project
from tests.compose.replicas import kill, restarts, until_restarted
from tests.support.browser import Pages

WRITING = 6


@pytest.mark.parametrize("service", ["realtime", "web", "ai"])
async def test_a_killed_replica_loses_nothing(
    stack: Project, busy: Busy, pages: Pages, service: str
) -> None:
    await asyncio.to_thread(stack.scale, **{service: 2})
    what = f"kill -9 of two replicas of {service}, one after the other"
    async with staying(pages, stack), busy(what) as load:
        for victim in stack.containers(service):
            before = restarts(victim)
            await load.until_writing(WRITING)
            await asyncio.to_thread(kill, victim)
            await until_restarted(victim, before)
        await load.more(WRITING)
    await asyncio.to_thread(stack.scale, **{service: 1})


@pytest.mark.parametrize("service", ["realtime", "web", "ai"])
async def test_the_only_replica_is_killed(
    stack: Project, busy: Busy, pages: Pages, service: str
) -> None:
    victim = stack.container(service)
    async with staying(pages, stack), busy(f"kill -9 of the only {service}") as load:
        before = restarts(victim)
        await load.until_writing(WRITING)
        await asyncio.to_thread(kill, victim)
        await until_restarted(victim, before)
        await load.more(WRITING)
