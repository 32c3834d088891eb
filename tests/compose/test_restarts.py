"""NATS, PostgreSQL and the proxy are restarted under load: a pause, and nothing is lost."""

import asyncio

import pytest

from tests.compose.journey import staying
from tests.compose.load import Busy
from tests.compose.project import Project
from tests.compose.replicas import kill, restarts, until_healthy, until_restarted
from tests.support.browser import Pages

WRITING = 6


@pytest.mark.parametrize("service", ["nats", "postgres", "proxy"])
async def test_a_restart_loses_nothing(
    stack: Project, busy: Busy, pages: Pages, service: str
) -> None:
    async with staying(pages, stack), busy(f"{service} restarted") as load:
        await load.until_writing(WRITING)
        await asyncio.to_thread(stack.compose, "restart", service)
        await until_healthy(*stack.containers(service))
        await load.more(WRITING)


@pytest.mark.parametrize("service", ["nats", "postgres", "proxy"])
async def test_a_kill_loses_nothing(stack: Project, busy: Busy, pages: Pages, service: str) -> None:
    victim = stack.container(service)
    async with staying(pages, stack), busy(f"kill -9 of {service}") as load:
        before = restarts(victim)
        await load.until_writing(WRITING)
        await asyncio.to_thread(kill, victim)
        await until_restarted(victim, before)
        await load.more(WRITING)
