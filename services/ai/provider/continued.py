"""Tells reasoning from answer where an answer is gone on with in the Harmony format."""

from services.ai.provider.code_spans import ends_in_code
from services.ai.provider.harmony import MOST_SPACE, HarmonyReader, is_in_format
from services.ai.provider.shares import NOTHING, Share


class ContinuedReader:
    """Takes what follows `begun`; only a header at the very start of that is one."""

    def __init__(self, begun: str) -> None:
        self._held = ""
        self._is_plain = ends_in_code(begun)
        self._harmony: HarmonyReader | None = None

    def feed(self, text: str) -> Share:
        """Share out more text."""
        if self._harmony:
            return self._harmony.feed(text)
        if self._is_plain:
            return Share(text)
        self._held += text
        start = self._held.lstrip()
        is_harmony = is_in_format(start)
        if is_harmony is None and len(self._held) < MOST_SPACE:
            return NOTHING
        held, self._held = self._held, ""
        if is_harmony:
            self._harmony = HarmonyReader()
            return self._harmony.feed(start)
        self._is_plain = True
        return Share(held)

    def finish(self) -> Share:
        """Share out what is held back when nothing more comes."""
        return self._harmony.finish() if self._harmony else Share(self._held)
