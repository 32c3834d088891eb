"""A hundred answers at once, and twenty: how old a word is on a page, and what each has cost."""

from pathlib import Path
from typing import Final

from services.shared.bus.subjects import AI_TEXT, TURBO_STREAM
from tests.load.accounting import resident_bytes
from tests.load.answers.delays import between
from tests.load.answers.round import Course, Round, run_round
from tests.load.answers.stack import Stack, running_stack
from tests.load.child import OrderedChild, ordered_child
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

_AT_ONCE: Final = 100
_WORDS: Final = 750
_RATE: Final = 50
_MICRO: Final = 1e6
_WARM_UP: Final = Round(range(1000, 1010), words=200, rate=500)
_FEW: Final = Round(range(200, 220), words=400, rate=_RATE)
_MEASURED: Final = Round(range(_AT_ONCE), _WORDS, _RATE)
# One worker is to bear them all.
_ROOM: Final = {"NATTER_AI_MAX_ANSWERS": str(_AT_ONCE)}


def measure_answers(_contender: Contender, folder: Path) -> Findings:
    """Return delays in ms from chunk to socket, and CPU in us and bytes a chunk."""
    with running_stack(folder, _ROOM) as stack, ordered_child("tests.load.answers.pages") as pages:
        run_round(stack, pages, _WARM_UP)
        findings = _few(stack, pages)
        course = run_round(stack, pages, _MEASURED)
        delays = between(course.all_sent, course.all_arrived)
        return findings | {
            "chunk_p50": delays.at(0.5),
            "chunk_p99": delays.at(0.99),
            "chunk_lost": delays.lost,
            "chunk_waited": course.usage.waited / course.usage.clock,
            "chunk_memory": resident_bytes([stack.pids.ai]),
            **_cost("chunk", course),
        }


def _few(stack: Stack, pages: OrderedChild) -> Findings:
    """Have so few answers that hardly any share a write, with what they leave in the streams."""
    before = stack.desk.ask("stored")
    course = run_round(stack, pages, _FEW)
    after = stack.desk.ask("stored")
    return _cost("few", course) | {
        "few_stored": (after[TURBO_STREAM] - before[TURBO_STREAM]) / course.chunks,
        "few_logged": (after[AI_TEXT] - before[AI_TEXT]) / course.chunks,
    }


def _cost(name: str, course: Course) -> Findings:
    usage, each = course.usage, _MICRO / course.chunks
    return {
        f"{name}_frames": course.chunks / max(course.frames, 1),
        f"{name}_ai": usage.ai * each,
        f"{name}_gateway": usage.gateway * each,
        f"{name}_bus": usage.bus * each,
    }
