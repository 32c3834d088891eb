"""Which languages are not tried for a while, because their lexers take too long again and again."""

import asyncio
from typing import Final

MOST_MISSES: Final = 2
REST_SECONDS: Final = 300.0


class CallDeadlines:
    """Counts how often in a row code of a language has missed its deadline.

    After the second time the language rests for five minutes, and after one more miss again.
    """

    def __init__(self) -> None:
        self._misses: dict[str, int] = {}
        self._rest_ends: dict[str, float] = {}

    def may_try(self, language: str) -> bool:
        """Say whether a language does not rest."""
        return asyncio.get_running_loop().time() >= self._rest_ends.get(language, 0.0)

    def met(self, language: str) -> None:
        """Begin to count anew."""
        self._misses.pop(language, None)

    def missed(self, language: str) -> None:
        """Count one more, and let the language rest where that is too many."""
        self._misses[language] = self._misses.get(language, 0) + 1
        if self._misses[language] >= MOST_MISSES:
            self._rest_ends[language] = asyncio.get_running_loop().time() + REST_SECONDS
