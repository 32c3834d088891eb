"""The text of an answer without the space before it and the marks around it."""

from typing import Final

from services.ai.provider.stream.pieces import NO_SHARE, Share
from services.ai.provider.stream.reasoning_tags import ANSWER_TAGS

MOST_HELD: Final = 256
"""Characters that are held back at most."""


class AnswerText:
    """Takes an answer as it comes; drops the space before it and these marks at its very end.

    A mark within it is text. All marks begin with the same character.
    """

    def __init__(self, *marks: str) -> None:
        self._marks = marks
        self._held = ""
        self._has_begun = False

    def feed(self, text: str) -> str:
        """Return more text; hold back what may be marks at the end, and the space before them."""
        if not self._has_begun:
            text = text.lstrip()
            self._has_begun = bool(text)
        if not self._marks:
            return text
        text = self._held + text
        end = text[-MOST_HELD:]
        start = len(text) - len(end) + len(self._without(self._without_part(end)))
        self._held = text[start:]
        return text[:start]

    def finish(self) -> str:
        """Return what was held back, unless it consists of whole marks."""
        held, self._held = self._held, ""
        return "" if held.strip() and not self._without(held) else held

    def _without(self, text: str) -> str:
        text = text.rstrip()
        while ends := [mark for mark in self._marks if text.endswith(mark)]:
            text = text.removesuffix(ends[0]).rstrip()
        return text

    def _without_part(self, text: str) -> str:
        start = text.rfind(self._marks[0][0])
        is_part = start >= 0 and any(mark.startswith(text[start:]) for mark in self._marks)
        return text[:start] if is_part else text


class AnswerReader:
    """Takes the answer that follows reasoning, and drops the ANSWER_TAGS around it."""

    def __init__(self) -> None:
        self._held = ""
        self._answer: AnswerText | None = None

    def feed(self, text: str) -> Share:
        """Return what of the text is known to be answer."""
        if self._answer:
            return Share(self._answer.feed(text))
        self._held = (self._held + text).lstrip()
        if any(mark.startswith(self._held) and mark != self._held for mark in ANSWER_TAGS):
            return NO_SHARE
        held, self._held = self._held, ""
        mark = next(filter(held.startswith, ANSWER_TAGS), "")
        self._answer = AnswerText(ANSWER_TAGS[mark]) if mark else AnswerText()
        return Share(self._answer.feed(held.removeprefix(mark)))

    def finish(self) -> Share:
        """Return what is still held back at the end."""
        return Share(self._answer.finish() if self._answer else self._held)
