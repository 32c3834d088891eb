"""A highlighter with its process, for a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.shared.highlighting.highlighter import IDLE_SECONDS, Highlighter
from services.shared.highlighting.metrics import HighlightingMetrics
from services.shared.process.tasks import background

LONG_SECONDS = 60.0
"""How long a test waits for colours that come, however busy the machine is."""


@asynccontextmanager
async def running_highlighter(
    metrics: HighlightingMetrics | None = None,
    *,
    answer_seconds: float = LONG_SECONDS,
    idle_seconds: float = IDLE_SECONDS,
) -> AsyncIterator[Highlighter]:
    """Run a highlighter while the body does."""
    highlighter = Highlighter(
        metrics,
        budget_seconds=LONG_SECONDS,
        answer_seconds=answer_seconds,
        idle_seconds=idle_seconds,
    )
    async with background(highlighter=highlighter.run):
        yield highlighter


def children() -> set[int]:
    """Return the numbers of this process's children."""
    tasks = Path("/proc/self/task")
    found = (task / "children" for task in tasks.iterdir())
    return {int(number) for file in found for number in file.read_text().split()}


def is_running(number: int) -> bool:
    """Say whether a process runs; one that has ended and was not waited for has no command."""
    try:
        return bool(Path(f"/proc/{number}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False
