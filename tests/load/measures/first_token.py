"""The first word of an answer, on a stack that has nothing else to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.load.answers.delays import between
from tests.load.answers.round import Course, Round, run_round
from tests.load.answers.stack import Stack, running_stack
from tests.load.child import OrderedChild, ordered_child
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

_WARM_UP: Final = range(1000, 1005)
_MEASURED: Final = range(100)
_WORDS: Final = 3
_RATE: Final = 50


def measure_first_token(_contender: Contender, folder: Path) -> Findings:
    """Return ms from the endpoint's first token to the socket, and from the job to the endpoint."""
    with running_stack(folder, {}) as stack, ordered_child("tests.load.answers.pages") as pages:
        list(_in_turn(stack, pages, _WARM_UP))
        courses = list(_in_turn(stack, pages, _MEASURED))
    shown = between(*zip(*[(c.sent[0][0], c.arrived[0][0]) for c in courses], strict=True))
    asked = between(*zip(*[(c.job_stored[0], c.endpoint_asked[0]) for c in courses], strict=True))
    return {
        "first_p50": shown.at(0.5),
        "first_p95": shown.at(0.95),
        "first_asked": asked.at(0.5),
        "chunk_lost": shown.lost,
    }


def _in_turn(stack: Stack, pages: OrderedChild, answers: range) -> Iterator[Course]:
    """Have one answer after the other."""
    for answer in answers:
        yield run_round(stack, pages, Round(range(answer, answer + 1), _WORDS, _RATE))
