"""Drops the begun part of an answer where an endpoint sends it again before it goes on."""

from typing import Final

LEAST: Final = 16
"""Characters; fewer may well come twice."""


class EchoFilter:
    """Takes the text that follows `begun` as it comes; holds it back while it repeats `begun`."""

    def __init__(self, begun: str) -> None:
        self._begun = begun
        self._repeated = 0
        self._is_over = len(begun) < LEAST

    def feed(self, text: str) -> str:
        """Return what of `text`, and of what was held back, is new."""
        if self._is_over:
            return text
        left = len(self._begun) - self._repeated
        if self._begun.startswith(text[:left], self._repeated):
            self._repeated += min(left, len(text))
            self._is_over = len(text) >= left
            return text[left:]
        return self.finish() + text

    def finish(self) -> str:
        """Return what was held back when it turns out, or is bound, to be new."""
        is_new = not self._is_over
        self._is_over = True
        return self._begun[: self._repeated] if is_new else ""
