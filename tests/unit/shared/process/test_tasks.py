"""Background loops: restarted after a failure, ended with the body, cancelled cleanly."""

import asyncio
from collections.abc import Callable

import pytest

from services.shared.process import tasks
from services.shared.process.logging import configure_logging
from services.shared.process.tasks import background, supervise
from tests.support.waiting import DEADLINE_SECONDS

pytestmark = pytest.mark.usefixtures("restored_logging")


LOOP = "part"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Divide the pauses of `LOOP` by a thousand, and list how long they would have been."""
    asked: list[float] = []
    sleep = asyncio.sleep

    async def shortened(seconds: float) -> None:
        task = asyncio.current_task()
        if task is None or task.get_name() != LOOP:
            return await sleep(seconds)
        asked.append(seconds)
        return await sleep(seconds / 1000)

    monkeypatch.setattr("services.shared.process.tasks.asyncio.sleep", shortened)
    return asked


def failing_until(times: int, done: asyncio.Event, end: Callable[[], None]) -> tasks.Loop:
    """Fail or return in turn, `times` times, then wait for ever."""
    runs = 0

    async def loop() -> None:
        nonlocal runs
        runs += 1
        if runs > times:
            done.set()
            await asyncio.Event().wait()
        elif runs % 2:
            end()

    return loop


def raise_fault() -> None:
    raise RuntimeError("a fault of the test")


@pytest.mark.usefixtures("pauses")
async def test_a_loop_that_fails_or_returns_is_started_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("info", "json")
    done = asyncio.Event()
    async with background(**{LOOP: failing_until(4, done, raise_fault)}):
        await asyncio.wait_for(done.wait(), DEADLINE_SECONDS)
    assert capsys.readouterr().out.count('"event": "background_loop_failed"') == 2


async def test_the_pauses_double_up_to_the_longest(pauses: list[float]) -> None:
    done = asyncio.Event()
    async with background(**{LOOP: failing_until(9, done, raise_fault)}):
        await asyncio.wait_for(done.wait(), DEADLINE_SECONDS)
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]


async def test_leaving_waits_until_the_loops_have_cleaned_up() -> None:
    ended: list[str] = []
    started = asyncio.Event()

    async def loop() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("put away")

    async with background(one=loop, other=loop):
        await started.wait()
    assert ended == ["put away", "put away"]


async def test_a_cancelled_loop_is_not_started_again() -> None:
    async def loop() -> None:
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(supervise("part", loop))
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
