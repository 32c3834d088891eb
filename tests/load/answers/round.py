"""One round: pages open, jobs go out, answers come, and every word is accounted for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from tests.load.answering import Answer
from tests.load.answers.stack import Stack, Usage
from tests.load.child import OrderedChild
from tests.load.crowd import CrowdError


@dataclass(frozen=True, slots=True)
class Round:
    """Answers that were asked for at once, each `words` long, at `rate` words a second."""

    answers: range
    words: int
    rate: int


@dataclass(frozen=True, slots=True)
class Course:
    """The moments of a round, answer by answer, in nanoseconds of one clock."""

    job_stored: Sequence[int]
    """Just before web's place asked for the answer."""
    endpoint_asked: Sequence[int]
    sent: Sequence[Sequence[int]]
    """By the endpoint, chunk by chunk."""
    arrived: Sequence[Sequence[int]]
    """At the page, in the same order; 0 for what never came."""
    frames: int
    usage: Usage
    """From before the first job until the last result."""

    @property
    def chunks(self) -> int:
        """The number of chunks that the endpoint has written."""
        return sum(map(len, self.sent))

    @property
    def all_sent(self) -> list[int]:
        """The moments of all answers in a row."""
        return [*chain.from_iterable(self.sent)]

    @property
    def all_arrived(self) -> list[int]:
        """Those of the pages, in the same order."""
        return [*chain.from_iterable(self.arrived)]


def run_round(stack: Stack, pages: OrderedChild, plan: Round) -> Course:
    """Run a round to its end; raises CrowdError where an answer was not complete."""
    answers = list(plan.answers)
    to = {"port": stack.gateway_port, "key": stack.key}
    pages.ask("open", answers=answers, words=plan.words, **to)
    before = stack.pids.usage()
    stored = stack.desk.ask("ask", answers=answers, words=plan.words, rate=plan.rate)
    _check(stack.desk.ask("results", count=len(answers))["ended"], len(answers))
    usage = stack.pids.usage().since(before)
    seen = pages.ask("close")
    if seen["lost"]:
        raise CrowdError(f"the gateway closed {seen['lost']} sockets")
    stamps = stack.endpoint.ask("stamps", answers=answers)
    return _course(stored, stamps, seen, usage)


def _check(ended: dict[str, int], expected: int) -> None:
    if ended != {"complete": expected}:
        raise CrowdError(f"of {expected} answers these ended: {ended}")


def _course(stored: Answer, stamps: Answer, seen: Answer, usage: Usage) -> Course:
    return Course(
        job_stored=stored["asked"],
        endpoint_asked=stamps["asked"],
        sent=stamps["sent"],
        arrived=seen["arrivals"],
        frames=seen["frames"],
        usage=usage,
    )
