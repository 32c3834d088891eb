"""Colours for code, from a process that runs while there is code to be coloured."""

import asyncio
from collections.abc import Iterable
from typing import Final

from services.shared.highlighting.allowance import Allowance
from services.shared.highlighting.code import Code, Colours
from services.shared.highlighting.deadlines import Deadlines
from services.shared.highlighting.metrics import HighlightingMetrics, Outcome
from services.shared.highlighting.process import HighlightingProcess, LateError, TooCostlyError
from services.shared.logging import get_logger
from services.shared.text_cache import TextCache

ALLOWANCE_SECONDS: Final = 1.0
IDLE_SECONDS: Final = 60.0
KEPT_BYTES: Final = 8 * 1024 * 1024

type _Answer = asyncio.Future[str | None]
"""Cancelled where the code has missed its deadline, or where nobody waits for it any more."""

log = get_logger("highlighting")


class Highlighter:
    """Highlights one code after the other, and keeps the newest of what came of them.

    `run` is to run beside the service. It starts the process with the first code, and ends it when
    nothing was asked for `idle_seconds`.
    """

    def __init__(
        self,
        metrics: HighlightingMetrics | None = None,
        *,
        allowance_seconds: float = ALLOWANCE_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._metrics = metrics or HighlightingMetrics()
        self._allowance_seconds = allowance_seconds
        self._idle_seconds = idle_seconds
        self._kept = TextCache[str](KEPT_BYTES)
        self._deadlines = Deadlines()
        self._asked: asyncio.Queue[tuple[Code, _Answer]] = asyncio.Queue()
        self._process: HighlightingProcess | None = None

    async def run(self) -> None:
        """Highlight what is asked for, until cancelled."""
        try:
            while True:
                try:
                    async with asyncio.timeout(self._idle_seconds if self._process else None):
                        code, answer = await self._asked.get()
                except TimeoutError:
                    await self._end_process()
                else:
                    await self._settle(code, answer)
        finally:
            await self._end_process()

    def allowance(self) -> Allowance:
        """Return what one page, or one answer, asks for its colours."""
        return Allowance(self.colours, self._allowance_seconds)

    async def colours(self, codes: Iterable[Code], seconds: float) -> Colours:
        """Return what is known of `codes`, after at most so many seconds."""
        kept = {code: self._kept.find(code) for code in codes}
        colours = {code: found.html for code, found in kept.items() if found is not None}
        answers = {code: self._ask(code) for code, found in kept.items() if found is None}
        try:
            if answers:
                await asyncio.wait(answers.values(), timeout=seconds)
        finally:
            for answer in answers.values():
                answer.cancel()
        come = {code: it.result() for code, it in answers.items() if not it.cancelled()}
        return colours | come

    def _ask(self, code: Code) -> _Answer:
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._asked.put_nowait((code, answer))
        return answer

    async def _settle(self, code: Code, answer: _Answer) -> None:
        if answer.done():
            return
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
        try:
            process = await self._running_process()
            html = await process.highlight(code)
        except TooCostlyError:
            # It would be again.
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
        if self._process is None or self._process.has_ended:
            self._process = await HighlightingProcess.start()
            self._metrics.running.set(1)
        return self._process

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            self._metrics.running.set(0)
            await process.end()
