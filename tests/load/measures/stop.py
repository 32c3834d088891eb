"""Stop: from the press of the button, as web gets it, to the endpoint's closed connection."""

import time
from pathlib import Path
from typing import Final

from tests.load.answers.delays import between
from tests.load.answers.stack import Stack, running_stack, running_web
from tests.load.answers.text import question
from tests.load.answers.visitor import Visitor, visiting
from tests.load.crowd import CrowdError
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

_WARM_UP: Final = range(1000, 1003)
_MEASURED: Final = range(50)
_WORDS: Final = 1000
_RATE: Final = 50
# The answer is in full flow by then.
_BEFORE_STOP: Final = 6


def measure_stop(_contender: Contender, folder: Path) -> Findings:
    """Return the delay's p50 and the longest one, in ms."""
    with (
        running_stack(folder, {}) as stack,
        running_web(folder, stack) as web,
        visiting(web) as visitor,
    ):
        for answer in _WARM_UP:
            _stop_one(stack, visitor, answer)
        moments = [_stop_one(stack, visitor, answer) for answer in _MEASURED]
    delays = between(*zip(*moments, strict=True))
    return {"stop_p50": delays.at(0.5), "stop_max": delays.at(1)}


def _stop_one(stack: Stack, visitor: Visitor, answer: int) -> tuple[int, int]:
    """Ask, wait for the flow, stop; return the moments of the press and of the end, in ns."""
    asked = visitor.ask(question(answer, _WORDS, _RATE))
    if not stack.endpoint.ask("begun", answer=answer, words=_BEFORE_STOP)["found"]:
        raise CrowdError(f"answer {answer} has not begun")
    pressed = time.monotonic_ns()
    visitor.stop(asked)
    left = stack.endpoint.ask("left", answer=answer)
    if not left["found"]:
        raise CrowdError(f"answer {answer} was not stopped")
    return pressed, int(left["left"])
