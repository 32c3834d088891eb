"""Single-flight: one request answers many, and never with a state from before the question."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.realtime.nats_reading.single_flight import SingleFlight


class AnswerError(Exception):
    """What a request may raise."""


@dataclass
class Stream:
    """Answers with how far it has come; each request waits until the test lets it go on."""

    now: int = 0
    requests: list[list[str]] = field(default_factory=list)
    fails: bool = False
    _gates: list[asyncio.Event] = field(default_factory=list)

    async def answer(self, keys: list[str]) -> Mapping[str, int]:
        self.requests.append(list(keys))
        gate = asyncio.Event()
        self._gates.append(gate)
        began_at = self.now
        await gate.wait()
        if self.fails:
            raise AnswerError("no answer")
        return dict.fromkeys(keys, began_at)

    def go_on(self) -> None:
        """Let every request that has begun have its answer."""
        for gate in self._gates:
            gate.set()


async def turns(count: int = 10) -> None:
    """Let the event loop go round."""
    for _ in range(count):
        await asyncio.sleep(0)


async def answered(stream: Stream, *asking: "asyncio.Task[Mapping[str, int]]") -> None:
    while not all(task.done() for task in asking):
        stream.go_on()
        await asyncio.sleep(0)


async def test_questions_while_a_request_is_out_share_the_next() -> None:
    stream = Stream()
    flight = SingleFlight(stream.answer)
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(flight.ask("a"))
        await turns()
        later = [tasks.create_task(flight.ask(key)) for key in "bcd"]
        await turns()
        assert stream.requests == [["a"]]
        stream.now = 1
        await answered(stream, first, *later)
    assert stream.requests == [["a"], ["b", "c", "d"]]
    assert first.result() == {"a": 0}
    assert [task.result()[key] for key, task in zip("bcd", later, strict=True)] == [1, 1, 1]


async def test_a_failure_is_raised_to_all_who_shared_it_only() -> None:
    stream = Stream(fails=True)
    flight = SingleFlight(stream.answer)
    async with asyncio.TaskGroup() as tasks:
        failed = [tasks.create_task(failure_of(flight, key)) for key in "abc"]
        await turns()
        while not all(task.done() for task in failed):
            stream.go_on()
            await asyncio.sleep(0)
        assert all(str(task.result()) == "no answer" for task in failed)
        stream.fails = False
        after = tasks.create_task(flight.ask("d"))
        await answered(stream, after)
    assert after.result() == {"d": 0}
    assert stream.requests == [["a"], ["b", "c"], ["d"]]


async def failure_of(flight: SingleFlight[str, int], key: str) -> AnswerError:
    with pytest.raises(AnswerError) as failure:
        await flight.ask(key)
    return failure.value


async def test_a_failure_that_nobody_shared_causes_no_warning() -> None:
    """Python warns of a future whose exception was never retrieved, and warnings are errors."""
    stream = Stream(fails=True)
    flight = SingleFlight(stream.answer)
    asking = asyncio.gather(failure_of(flight, "a"))
    await turns()
    stream.go_on()
    await asking


steps = st.lists(
    st.tuples(
        st.sampled_from(["ask", "cancel", "turn", "answer", "fail", "publish"]), st.integers(0, 9)
    ),
    max_size=40,
)


@dataclass
class Script:
    """The questions of a script, each with its moment and its key."""

    tasks: asyncio.TaskGroup
    stream: Stream = field(default_factory=Stream)
    asking: list[tuple[int, str, "asyncio.Task[Mapping[str, int] | None]"]] = field(
        default_factory=list
    )

    def __post_init__(self) -> None:
        self.flight = SingleFlight(self.stream.answer)

    async def follow(self, what: str, number: int) -> None:
        self.stream.fails = what == "fail"
        if what == "ask":
            key = f"key {len(self.asking)}"
            self.asking.append((self.stream.now, key, self.tasks.create_task(self._ask(key))))
        elif what == "cancel" and self.asking:
            self.asking[number % len(self.asking)][2].cancel()
        elif what == "publish":
            self.stream.now += 1
        elif what in {"answer", "fail"}:
            self.stream.go_on()
        await turns(number if what != "ask" else 0)

    async def end(self) -> None:
        self.stream.fails = False
        while not all(task.done() for _, _, task in self.asking):
            self.stream.go_on()
            await asyncio.sleep(0)

    async def _ask(self, key: str) -> Mapping[str, int] | None:
        try:
            return await self.flight.ask(key)
        except AnswerError:
            return None


async def play(script: list[tuple[str, int]]) -> Script:
    async with asyncio.TaskGroup() as tasks:
        played = Script(tasks)
        for what, number in script:
            await played.follow(what, number)
        await played.end()
    return played


@given(steps)
@hypothesis_settings(max_examples=50, deadline=None)
def test_whichever_is_cancelled_the_others_have_an_answer_not_older_than_the_question(
    script: list[tuple[str, int]],
) -> None:
    for asked_at, key, task in asyncio.run(play(script)).asking:
        answer = None if task.cancelled() else task.result()
        assert answer is None or answer[key] >= asked_at
