"""The process that highlights: it is killed where it must be, and whoever asks is not held up."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.shared.highlighting import highlighter as module
from services.shared.highlighting import process as process_module
from services.shared.highlighting.budget import HighlightingBudget
from services.shared.highlighting.code import Code, Colours
from services.shared.highlighting.highlighter import Highlighter
from services.shared.highlighting.language_pauses import MOST_MISSES
from services.shared.highlighting.metrics import HighlightingMetrics
from services.shared.highlighting.process import HighlightingProcess
from tests.support.hanging_code import HANGING
from tests.support.highlighting import LONG_SECONDS, children, running_highlighter
from tests.support.waiting import passed, until

ONE = Code("python", "x = 1\n")
COLOURED = 'x = <span class="mi">1</span>\n'


async def test_code_gets_its_colours_and_is_known_from_then_on() -> None:
    async with running_highlighter() as highlighter:
        assert await highlighter.colours([ONE], LONG_SECONDS) == {ONE: COLOURED}
        assert await highlighter.colours([ONE], 0) == {ONE: COLOURED}


@pytest.mark.parametrize("language", HANGING)
async def test_code_that_hangs_its_lexer_stays_plain_and_the_next_is_coloured(
    language: str,
) -> None:
    hanging = Code(language, HANGING[language])
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    async with running_highlighter() as highlighter, asyncio.TaskGroup() as tasks:
        heart = tasks.create_task(beat())
        colours = await highlighter.colours([hanging], LONG_SECONDS)
        heart.cancel()
        assert colours.get(hanging) is None or "<span" in str(colours[hanging])
        assert beats
        assert await highlighter.colours([ONE], LONG_SECONDS) == {ONE: COLOURED}


async def test_code_that_takes_too_much_of_the_processor_is_not_tried_again() -> None:
    registry = CollectorRegistry()
    hanging = Code("bash", HANGING["bash"])
    async with running_highlighter(HighlightingMetrics(registry)) as highlighter:
        for _ in range(3):
            assert await highlighter.colours([hanging], LONG_SECONDS) == {hanging: None}
    assert _count(registry, "too_costly") == 1


async def test_a_language_that_misses_its_deadline_again_and_again_rests() -> None:
    registry = CollectorRegistry()
    fine = Code("bash", "echo 1\n")
    async with running_highlighter(HighlightingMetrics(registry)) as highlighter:
        for number in range(MOST_MISSES):
            hanging = Code("bash", f"{HANGING['bash']}{number}")
            assert await highlighter.colours([hanging], LONG_SECONDS) == {hanging: None}
        assert await highlighter.colours([fine], LONG_SECONDS) == {}
        assert await highlighter.colours([ONE], LONG_SECONDS) == {ONE: COLOURED}
    assert _count(registry, "too_costly") == MOST_MISSES
    assert _count(registry, "rested") == 1


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
async def test_a_process_that_was_stopped_or_killed_is_replaced(number: signal.Signals) -> None:
    other = Code("python", "y = 1\n")
    before = children()
    async with running_highlighter(answer_seconds=5) as highlighter:
        await highlighter.colours([ONE], LONG_SECONDS)
        (process,) = children() - before
        os.kill(process, number)
        if number == signal.SIGSTOP:
            assert await highlighter.colours([other], LONG_SECONDS) == {}

        async def is_gone() -> bool:
            return process not in children()

        await until(is_gone)
        assert other in await highlighter.colours([other], LONG_SECONDS)


async def test_nothing_runs_before_the_first_code_nor_when_there_was_none_for_long() -> None:
    before = children()
    async with running_highlighter(idle_seconds=0.1) as highlighter:
        await asyncio.sleep(0)
        assert children() == before
        await highlighter.colours([ONE], LONG_SECONDS)

        async def is_idle() -> bool:
            return children() == before

        await until(is_idle)
        other = Code("python", "y = 1\n")
        assert other in await highlighter.colours([other], LONG_SECONDS)
    assert children() == before


async def test_nobody_waits_longer_than_it_may() -> None:
    """Without `run` nothing ever comes."""
    budget = Highlighter(budget_seconds=0.05).budget()
    assert await budget.colours([ONE]) == {}
    assert await budget.colours([Code("python", "y")]) == {}


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    registry = CollectorRegistry()
    highlighter = Highlighter(HighlightingMetrics(registry))
    assert await highlighter.colours([ONE], 0) == {}
    running = asyncio.create_task(highlighter.run())  # noqa: TID251 - it is cancelled below
    other = Code("python", "y = 1\n")
    assert other in await highlighter.colours([other], LONG_SECONDS)
    running.cancel()
    await asyncio.wait([running])
    assert _count(registry, "coloured") == 1


async def test_who_asks_for_little_does_not_wait_for_all_that_another_wants() -> None:
    many = [Code("python", f"x = {number}\n") for number in range(2_000)]
    async with running_highlighter() as highlighter, asyncio.TaskGroup() as tasks:
        flood = tasks.create_task(highlighter.colours(many, LONG_SECONDS))
        await asyncio.sleep(0)
        neighbour = tasks.create_task(highlighter.colours([Code("json", "1")], LONG_SECONDS))
        await asyncio.wait([flood, neighbour], return_when=asyncio.FIRST_COMPLETED)
        assert neighbour.done()
        assert not flood.done()


async def test_where_no_process_can_be_started_no_language_rests_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = HighlightingProcess.start
    starts = 0

    async def start_in_the_end() -> HighlightingProcess:
        nonlocal starts
        starts += 1
        if starts <= MOST_MISSES:
            raise OSError(24, "Too many open files")
        return await start()

    monkeypatch.setattr(HighlightingProcess, "start", start_in_the_end)
    monkeypatch.setattr(module, "START_AGAIN_SECONDS", 0)
    async with running_highlighter() as highlighter:
        for _ in range(MOST_MISSES):
            assert await highlighter.colours([ONE], LONG_SECONDS) == {}
        assert await highlighter.colours([ONE], LONG_SECONDS) == {ONE: COLOURED}


async def test_a_start_that_failed_is_not_tried_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts = 0

    async def start_never() -> HighlightingProcess:
        nonlocal starts
        starts += 1
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(HighlightingProcess, "start", start_never)
    async with running_highlighter() as highlighter:
        for number in range(3):
            code = Code("python", f"{number}")
            assert await highlighter.colours([code], LONG_SECONDS) == {}
    assert starts == 1


async def test_who_is_cancelled_while_it_waits_has_used_that_time() -> None:
    asked: list[float] = []

    async def ask(codes: Collection[Code], seconds: float) -> Colours:
        asked.append(seconds)
        await asyncio.sleep(0.05 if len(asked) == 1 else 0)
        return dict.fromkeys(codes)

    budget = HighlightingBudget(ask, 10)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await budget.colours([ONE])
    await budget.colours([ONE])
    assert asked[1] < asked[0] == 10


async def test_the_process_has_nothing_of_the_services_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    before = children()
    async with running_highlighter() as highlighter:
        await highlighter.colours([ONE], LONG_SECONDS)
        (process,) = children() - before
        with open(f"/proc/{process}/environ", encoding="utf-8") as file:  # noqa: ASYNC230, PTH123
            environment = file.read()
    assert [entry.partition("=")[0] for entry in environment.split("\0") if entry] == ["PYTHONPATH"]


@pytest.fixture
def open_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Hold up each process at its start until this is called."""
    gate, interpreter = tmp_path / "gate", tmp_path / "python"
    interpreter.write_text(
        f'#!/bin/sh\nwhile ! [ -e "{gate}" ]; do sleep 0.01; done\nexec "{sys.executable}" "$@"\n'
    )
    interpreter.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    return gate.touch


async def test_the_time_of_code_begins_when_the_process_is_ready(
    open_gate: Callable[[], None],
) -> None:
    before = children()

    async def runs() -> bool:
        return children() > before

    async with asyncio.TaskGroup() as tasks:
        starting = tasks.create_task(HighlightingProcess.start())
        await until(runs)
        await passed(0.1)
        assert not starting.done()
        open_gate()
    process = starting.result()
    assert await process.highlight(ONE, seconds=LONG_SECONDS) == COLOURED
    await process.end()


@pytest.mark.usefixtures("open_gate")
async def test_a_process_that_is_never_ready_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    before = children()
    monkeypatch.setattr(process_module, "START_SECONDS", 0.1)
    with pytest.raises(TimeoutError):
        await HighlightingProcess.start()
    assert children() == before


def _count(registry: CollectorRegistry, outcome: str) -> float:
    value = registry.get_sample_value("natter_code_highlighted_total", {"outcome": outcome})
    return value or 0.0
