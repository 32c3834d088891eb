"""A hundred answers at once: how old a word is when a page has it, and what each has cost."""

from pathlib import Path
from typing import Final

from services.shared.subjects import AI_TEXT, TURBO_STREAM
from tests.load.accounting import resident_bytes
from tests.load.answers.delays import between
from tests.load.answers.round import Course, Round, run_round
from tests.load.answers.stack import running_stack
from tests.load.child import ordered_child
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

_AT_ONCE: Final = 100
_WORDS: Final = 750
_RATE: Final = 50
_MICRO: Final = 1e6
_WARM_UP: Final = Round(range(1000, 1010), words=200, rate=500)
_MEASURED: Final = Round(range(_AT_ONCE), _WORDS, _RATE)
# One worker is to bear them all.
_ROOM: Final = {"NATTER_AI_MAX_ANSWERS": str(_AT_ONCE)}


def measure_answers(_contender: Contender, folder: Path) -> Findings:
    """Return delays in ms from chunk to socket, and CPU in us and bytes a chunk."""
    with running_stack(folder, _ROOM) as stack, ordered_child("tests.load.answers.pages") as pages:
        run_round(stack, pages, _WARM_UP)
        before = stack.desk.ask("stored")
        course = run_round(stack, pages, _MEASURED)
        after = stack.desk.ask("stored")
        return _findings(course) | {
            "chunk_memory": resident_bytes([stack.pids.ai]),
            "chunk_stored": (after[TURBO_STREAM] - before[TURBO_STREAM]) / course.chunks,
            "chunk_logged": (after[AI_TEXT] - before[AI_TEXT]) / course.chunks,
        }


def _findings(course: Course) -> Findings:
    delays = between(course.all_sent, course.all_arrived)
    usage = course.usage
    return {
        "chunk_p50": delays.at(0.5),
        "chunk_p99": delays.at(0.99),
        "chunk_lost": delays.lost,
        "chunk_frames": course.chunks / max(course.frames, 1),
        "chunk_ai": usage.ai * _MICRO / course.chunks,
        "chunk_gateway": usage.gateway * _MICRO / course.chunks,
        "chunk_bus": usage.bus * _MICRO / course.chunks,
        "chunk_waited": usage.waited / usage.clock,
    }
