"""Marks that some models put around the answer that follows their reasoning."""

from typing import Final

from services.ai.provider.answer_text import AnswerText
from services.ai.provider.shares import NOTHING, Share

AROUND: Final[dict[str, str]] = {
    "<answer>": "</answer>",
    "<response>": "</response>",
    "<|begin_of_solution|>": "<|end_of_solution|>",
    "<|START_RESPONSE|>": "<|END_RESPONSE|>",
}
"""Of Hunyuan, Ernie, Sky-T1 and Command A."""


class AnswerReader:
    """Takes what follows the reasoning, and drops the space before it and the marks around it."""

    def __init__(self) -> None:
        self._held = ""
        self._answer: AnswerText | None = None

    def feed(self, text: str) -> Share:
        """Share out more text, all of it answer."""
        if self._answer:
            return Share(self._answer.feed(text))
        self._held = (self._held + text).lstrip()
        if any(mark.startswith(self._held) and mark != self._held for mark in AROUND):
            return NOTHING
        held, self._held = self._held, ""
        mark = next(filter(held.startswith, AROUND), "")
        self._answer = AnswerText(AROUND[mark]) if mark else AnswerText()
        return Share(self._answer.feed(held.removeprefix(mark)))

    def finish(self) -> Share:
        """Share out what is held back when nothing more comes."""
        return Share(self._answer.finish() if self._answer else self._held)
