"""Colours code in a process that runs only while there is code to colour."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final

from services.shared.highlighting.budget import HighlightingBudget
from services.shared.highlighting.code import Code, Colours
from services.shared.highlighting.language_pauses import LanguagePauses
from services.shared.highlighting.metrics import HighlightingMetrics, Outcome
from services.shared.highlighting.process import HighlightingProcess, LateError, TooCostlyError
from services.shared.process.logging import get_logger
from services.shared.text_cache import TextCache

BUDGET_SECONDS: Final = 1.0
# A backstop for a process that its limit of CPU time has not ended.
ANSWER_SECONDS: Final = 2.0
IDLE_SECONDS: Final = 60.0
START_AGAIN_SECONDS: Final = 30.0
KEPT_BYTES: Final = 8 * 1024 * 1024

type _Answer = asyncio.Future[str | None]
"""Cancelled if the code has missed its deadline, or if no call waits for it any more."""
type _Request = deque[tuple[Code, _Answer]]
"""The code of one call that is not answered yet."""

log = get_logger("highlighting")


class Highlighter:
    """Highlights one code block at a time, and caches the latest results.

    Requests take turns, one block each, so that a small request does not wait for a large one.
    `run` must run beside the service. It starts the process with the first code, and ends it after
    `idle_seconds` without requests.
    """

    def __init__(
        self,
        metrics: HighlightingMetrics | None = None,
        *,
        budget_seconds: float = BUDGET_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._metrics = metrics or HighlightingMetrics()
        self._budget_seconds = budget_seconds
        self._answer_seconds = answer_seconds
        self._idle_seconds = idle_seconds
        self._kept = TextCache[str](KEPT_BYTES)
        self._deadlines = LanguagePauses()
        self._requests: asyncio.Queue[_Request] = asyncio.Queue()
        self._process: HighlightingProcess | None = None
        self._start_after = 0.0

    async def run(self) -> None:
        """Answer requests until cancelled."""
        try:
            while True:
                try:
                    async with asyncio.timeout(self._idle_seconds if self._process else None):
                        request = await self._requests.get()
                except TimeoutError:
                    await self._end_process()
                else:
                    await self._settle_one(request)
        finally:
            await self._end_process()

    def budget(self) -> HighlightingBudget:
        """Return the budget of one page or one answer."""
        return HighlightingBudget(self.colours, self._budget_seconds)

    async def colours(self, codes: Iterable[Code], seconds: float) -> Colours:
        """Return the colours of `codes` that are known after at most so many seconds."""
        kept = {code: self._kept.find(code) for code in codes}
        colours = {code: found.html for code, found in kept.items() if found is not None}
        answers = self._ask([code for code, found in kept.items() if found is None])
        try:
            if answers:
                await asyncio.wait(answers.values(), timeout=seconds)
        finally:
            for answer in answers.values():
                answer.cancel()
        arrived = {code: it.result() for code, it in answers.items() if not it.cancelled()}
        return colours | arrived

    def _ask(self, codes: Iterable[Code]) -> dict[Code, _Answer]:
        new_answer = asyncio.get_running_loop().create_future
        answers: dict[Code, _Answer] = {code: new_answer() for code in codes}
        self._requests.put_nowait(deque(answers.items()))
        return answers

    async def _settle_one(self, request: _Request) -> None:
        """Answer the next code of a request, and queue the rest behind the other requests."""
        while request and request[0][1].done():
            request.popleft()
        if request:
            await self._settle(*request.popleft())
        if request:
            self._requests.put_nowait(request)

    async def _settle(self, code: Code, answer: _Answer) -> None:
        kept = self._kept.find(code)
        if kept is None and not self._deadlines.may_try(code.language):
            self._metrics.count("rested")
            answer.cancel()
            return
        try:
            html = await self._highlight(code) if kept is None else kept.html
        except LateError:
            answer.cancel()
        else:
            if not answer.done():
                answer.set_result(html)

    async def _highlight(self, code: Code) -> str | None:
        """Return the HTML of code; raises LateError."""
        process = await self._running_process()
        try:
            html = await process.highlight(code, seconds=self._answer_seconds)
        except TooCostlyError:
            # It would be too costly every time.
            self._miss(code, "too_costly")
            html = None
        except LateError:
            self._miss(code, "late")
            raise
        else:
            self._deadlines.met(code.language)
            self._metrics.count("plain" if html is None else "coloured")
        self._kept.keep(code, html)
        return html

    def _miss(self, code: Code, outcome: Outcome) -> None:
        self._process = None
        self._deadlines.missed(code.language)
        self._metrics.count(outcome)
        self._metrics.running.set(0)
        log.warning("code_left_plain", language=code.language, size=len(code.text), why=outcome)

    async def _running_process(self) -> HighlightingProcess:
        """Return the running process; raise LateError if none can be started, now or recently."""
        if self._process is None or self._process.has_ended:
            now = asyncio.get_running_loop().time()
            if now < self._start_after:
                raise LateError
            try:
                self._process = await HighlightingProcess.start()
            except OSError as error:
                self._start_after = now + START_AGAIN_SECONDS
                log.warning("not_started", error=repr(error))
                raise LateError from error
            self._metrics.running.set(1)
        return self._process

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            self._metrics.running.set(0)
            await process.end()
