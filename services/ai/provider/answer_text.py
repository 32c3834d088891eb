"""The text of an answer without what a server has left around it."""

from typing import Final

MOST_HELD: Final = 256
"""Characters that may wait for what follows them."""


class AnswerText:
    """Takes an answer as it comes, drops the space before it and these marks at its very end.

    A mark within it is text. All marks begin with the same character.
    """

    def __init__(self, *marks: str) -> None:
        self._marks = marks
        self._held = ""
        self._is_begun = False

    def feed(self, text: str) -> str:
        """Return more text, but for what may be marks at the end, and the space before them."""
        if not self._is_begun:
            text = text.lstrip()
            self._is_begun = bool(text)
        if not self._marks:
            return text
        text = self._held + text
        end = text[-MOST_HELD:]
        start = len(text) - len(end) + len(self._without(self._without_part(end)))
        self._held = text[start:]
        return text[:start]

    def finish(self) -> str:
        """Return what was held back, if it is anything but whole marks."""
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
