"""Tells reasoning from answer where an endpoint sends both as text, with tags between."""

import re
from typing import Final, NamedTuple

TAGS: Final[dict[str, str]] = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<reason>": "</reason>",
    "<reasoning>": "</reasoning>",
    "<thought>": "</thought>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "[THINK]": "[/THINK]",
}
MOST_DOUBTS: Final = 8
"""Closing tags within code after which none is looked for: each costs a look at all the text."""
MOST_SPACE: Final = 1000
"""Characters before the first that is neither space nor part of a tag."""

_ANGLED: Final = tuple(tag for tag in TAGS.values() if tag.startswith("<"))
_CLOSING: Final = re.compile("|".join(map(re.escape, _ANGLED)))
_OPENING_OF: Final = {closing: opening for opening, closing in TAGS.items()}
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
_TICKS: Final = re.compile(r"`+")


class Share(NamedTuple):
    """What of some text is the answer and what is reasoning."""

    text: str = ""
    reasoning: str = ""
    recast: bool = False
    """All text before this was reasoning: its opening tag had been left out."""


NOTHING: Final = Share()


class TagSplitter:
    """Takes the text of an answer as it comes and shares it out.

    Only at the start of the answer is a tag a tag. A model whose template writes the opening tag
    into the prompt sends the closing one alone: the first of those that is not in code turns all
    before it into reasoning. Text that may be the beginning of a tag is held back until it is
    known.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._is_open = True
        """A tag may yet come."""
        self._said: list[str] | None = None
        """The answer so far, from its first character on; None before that."""
        self._doubts = 0
        self._strips = False

    def settle(self) -> None:
        """Take all that follows for the answer: its reasoning came in fields of its own."""
        if not self._closing:
            self._is_open = False

    def feed(self, text: str) -> Share:
        """Share out more text."""
        if not self._is_open:
            text, self._held = self._held + text, ""
            return Share(self._stripped(text))
        if self._closing:
            return self._reason(text)
        if self._said is None:
            return self._begin(text)
        return self._answer(text)

    def finish(self) -> Share:
        """Share out what is held back when nothing more comes."""
        held, self._held = self._held, ""
        return Share(reasoning=held) if self._closing else Share(text=held)

    def _begin(self, text: str) -> Share:
        self._held += text
        start = self._held.lstrip()
        for opening, closing in TAGS.items():
            if start.startswith(opening):
                self._held, self._closing, self._strips = "", closing, True
                return self._reason(start[len(opening) :])
        if len(self._held) < MOST_SPACE and any(tag.startswith(start) for tag in TAGS):
            return NOTHING
        held, self._held, self._said = self._held, "", []
        return self._answer(held)

    def _reason(self, text: str) -> Share:
        text, self._held = self._held + text, ""
        reasoning, tag, answer = text.partition(self._closing)
        if not tag:
            return Share(reasoning=self._stripped(self._hold(text, (self._closing,))))
        reasoning = self._stripped(reasoning)
        self._close()
        return Share(self._stripped(answer), reasoning)

    def _answer(self, text: str) -> Share:
        if not self._held and "<" not in text:
            self._remember(text)
            return Share(text)
        text, self._held = self._held + text, ""
        begin = 0
        while self._is_open and (found := _CLOSING.search(text, begin)):
            before = text[: found.start()]
            if self._is_reasoning(before, found[0]):
                self._close()
                return Share(self._stripped(text[found.end() :]), before, recast=True)
            begin = found.end()
        text = self._hold(text, _ANGLED) if self._is_open else text
        self._remember(text)
        return Share(text)

    def _is_reasoning(self, before: str, closing: str) -> bool:
        said = "".join((*(self._said or ()), before))
        if _OPENING_OF[closing] not in said and not _ends_in_code(said):
            return True
        self._doubts += 1
        self._is_open = self._doubts < MOST_DOUBTS
        return False

    def _remember(self, text: str) -> None:
        if self._said is not None:
            self._said.append(text)

    def _hold(self, text: str, tags: tuple[str, ...]) -> str:
        start = text.rfind(tags[0][0])
        if start >= 0 and any(tag.startswith(text[start:]) for tag in tags):
            self._held = text[start:]
            return text[:start]
        return text

    def _close(self) -> None:
        self._is_open, self._strips, self._closing, self._said = False, True, "", None

    def _stripped(self, text: str) -> str:
        """Leave out the empty lines around a tag."""
        if not self._strips:
            return text
        text = text.lstrip()
        self._strips = not text
        return text


def _ends_in_code(text: str) -> bool:
    """Tell whether what follows `text` would be code: in a fence, or between backticks."""
    fence, end = "", 0
    for found in _FENCE.finditer(text):
        marks, info = found[1], found[2]
        if not fence:
            fence = "" if marks[0] == "`" and "`" in info else marks
        elif marks.startswith(fence) and not info.strip():
            fence = ""
        end = found.end()
    if fence:
        return True
    ticks = ""
    for found in _TICKS.finditer(text, max(end, text.rfind("\n\n"))):
        if not ticks:
            ticks = found[0]
        elif found[0] == ticks:
            ticks = ""
    return bool(ticks)
