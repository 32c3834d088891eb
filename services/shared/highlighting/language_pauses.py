"""Pauses languages whose lexers miss their deadlines repeatedly."""

import asyncio
from typing import Final

MOST_MISSES: Final = 2
REST_SECONDS: Final = 300.0


class LanguagePauses:
    """Counts consecutive missed deadlines for each language.

    After the second miss the language pauses for five minutes, and again after each further miss.
    """

    def __init__(self) -> None:
        self._misses: dict[str, int] = {}
        self._rest_ends: dict[str, float] = {}

    def may_try(self, language: str) -> bool:
        """Return whether a language is not paused."""
        return asyncio.get_running_loop().time() >= self._rest_ends.get(language, 0.0)

    def met(self, language: str) -> None:
        """Reset the count of a language."""
        self._misses.pop(language, None)

    def missed(self, language: str) -> None:
        """Count a miss, and pause the language if that is too many."""
        self._misses[language] = self._misses.get(language, 0) + 1
        if self._misses[language] >= MOST_MISSES:
            self._rest_ends[language] = asyncio.get_running_loop().time() + REST_SECONDS
