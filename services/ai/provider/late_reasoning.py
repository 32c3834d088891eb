"""Reasoning that only words tell from an answer: it is one for sure when its end has come."""

from typing import Final

from services.ai.provider.answer_text import AnswerText
from services.ai.provider.shares import Share

LATE: Final[dict[str, str]] = {
    "Here is my thought process:": "Here is my response:",
    "Here's my thought process:": "Here's my response:",
    "analysis": "assistantfinal",
}
"""Of Granite, and of Harmony where a server has left out the marks and not the words."""


class LateReader:
    """Takes an answer that may be reasoning, and tells when the words have come that end that."""

    def __init__(self, closing: str) -> None:
        self._closing = closing
        self._held = ""
        self._answer: AnswerText | None = None

    def feed(self, text: str) -> Share:
        """Share out more text: answer, as far as is known."""
        if self._answer:
            return Share(self._answer.feed(text))
        text = self._held + text
        before, closing, answer = text.partition(self._closing)
        if closing:
            self._held, self._answer = "", AnswerText()
            return Share(self._answer.feed(answer), before, recast=True)
        start = _start_of(self._closing, text)
        self._held = text[start:]
        return Share(text[:start])

    def finish(self) -> Share:
        """Share out what is held back when nothing more comes."""
        held, self._held = self._held, ""
        return Share(held)


def _start_of(closing: str, text: str) -> int:
    """Return where `closing` begins that `text` may end in."""
    longest = min(len(text), len(closing) - 1)
    sizes = range(longest, 0, -1)
    size = next((size for size in sizes if text.endswith(closing[:size])), 0)
    return len(text) - size
