"""Tells reasoning from answer where an endpoint sends both as text, with tags between."""

import re
from typing import Final

from services.ai.provider.answer_marks import AnswerReader
from services.ai.provider.code_spans import ends_in_code
from services.ai.provider.harmony import STARTS, HarmonyReader, has_header, may_be_header
from services.ai.provider.late_reasoning import LATE, LateReader
from services.ai.provider.shares import NOTHING, Share

TAGS: Final[dict[str, str]] = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<reason>": "</reason>",
    "<reasoning>": "</reasoning>",
    "<thought>": "</thought>",
    "<seed:think>": "</seed:think>",
    "<longcat_think>": "</longcat_think>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|think:start|>": "<|think:end|>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
    "<|channel>thought": "<channel|>",
    "[THINK]": "[/THINK]",
    "[unused16]": "[unused17]",
    "◁think▷": "◁/think▷",
}
"""Of DeepSeek and most others; Seed-OSS, LongCat, Sky-T1, Solar, Command A, Apertus, Gemma 4,
Magistral, Pangu and Kimi write their own."""
MOST_DOUBTS: Final = 8
"""Closing tags within code after which none is looked for: each costs a look at all the text."""
MOST_SPACE: Final = 1000
"""Characters before the first that is neither space nor part of a tag."""

_ANGLED: Final = tuple(tag for tag in TAGS.values() if tag.startswith("<"))
_CLOSING: Final = re.compile("|".join(map(re.escape, _ANGLED)))
_OPENING_OF: Final = {closing: opening for opening, closing in TAGS.items()}
_OPENINGS: Final = (*TAGS, *STARTS)

type _Reader = HarmonyReader | AnswerReader | LateReader


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
        self._may_be_late = False
        """The answer begins as reasoning may that has no tags."""
        self._reader: _Reader | None = None
        """Reads all the rest."""

    def settle(self) -> None:
        """Take all that follows for the answer: its reasoning came in fields of its own."""
        if not self._closing:
            self._is_open = False

    def feed(self, text: str) -> Share:
        """Share out more text."""
        if self._reader:
            return self._reader.feed(text)
        if not self._is_open:
            text, self._held = self._held + text, ""
            return Share(text)
        if self._closing:
            return self._reason(text)
        if self._said is None:
            return self._begin(text)
        return self._answer(text)

    def finish(self) -> Share:
        """Share out what is held back when nothing more comes."""
        if self._reader:
            return self._reader.finish()
        held, self._held = self._held, ""
        return Share(reasoning=held) if self._closing else Share(text=held)

    def _begin(self, text: str) -> Share:
        self._held += text
        start = self._held.lstrip()
        for opening, closing in TAGS.items():
            if start.startswith(opening):
                self._held, self._closing, self._strips = "", closing, True
                return self._reason(start[len(opening) :])
        if len(self._held) < MOST_SPACE and any(tag.startswith(start) for tag in _OPENINGS):
            return NOTHING
        if start.startswith(STARTS):
            if may_be_header(start):
                return NOTHING
            if has_header(start):
                return self._go_on(HarmonyReader(), start)
        held, self._held, self._said, self._may_be_late = self._held, "", [], True
        return self._answer(held)

    def _go_on(self, reader: _Reader, text: str) -> Share:
        self._held, self._closing, self._said, self._reader = "", "", None, reader
        return reader.feed(text)

    def _reason(self, text: str) -> Share:
        text, self._held = self._held + text, ""
        reasoning, tag, answer = text.partition(self._closing)
        if not tag:
            return Share(reasoning=self._stripped(self._hold(text, (self._closing,))))
        reasoning = self._stripped(reasoning)
        return self._go_on(AnswerReader(), answer)._replace(reasoning=reasoning)

    def _answer(self, text: str) -> Share:
        if self._may_be_late and (closing := self._late_closing(text)):
            return self._go_on(LateReader(closing), text)
        if not self._held and "<" not in text:
            self._remember(text)
            return Share(text)
        text, self._held = self._held + text, ""
        begin = 0
        while self._is_open and (found := _CLOSING.search(text, begin)):
            before = text[: found.start()]
            if self._is_reasoning(before, found[0]):
                answer = self._go_on(AnswerReader(), text[found.end() :])
                return answer._replace(reasoning=before, recast=True)
            begin = found.end()
        text = self._hold(text, _ANGLED) if self._is_open else text
        self._remember(text)
        return Share(text)

    def _is_reasoning(self, before: str, closing: str) -> bool:
        said = "".join((*(self._said or ()), before))
        if _OPENING_OF[closing] not in said and not ends_in_code(said):
            return True
        self._doubts += 1
        self._is_open = self._doubts < MOST_DOUBTS
        return False

    def _late_closing(self, text: str) -> str | None:
        """Return what would end the reasoning that the answer may be, as it begins."""
        said = "".join((*(self._said or ()), text)).lstrip()
        self._may_be_late = any(opening.startswith(said) for opening in LATE)
        return next((LATE[opening] for opening in LATE if said.startswith(opening)), None)

    def _remember(self, text: str) -> None:
        if self._said is not None:
            self._said.append(text)

    def _hold(self, text: str, tags: tuple[str, ...]) -> str:
        start = text.rfind(tags[0][0])
        if start >= 0 and any(tag.startswith(text[start:]) for tag in tags):
            self._held = text[start:]
            return text[:start]
        return text

    def _stripped(self, text: str) -> str:
        """Leave out the empty lines behind an opening tag."""
        if not self._strips:
            return text
        text = text.lstrip()
        self._strips = not text
        return text


def without_reasoning(text: str) -> str:
    """Return the answer in a text that is whole."""
    splitter, answer = TagSplitter(), ""
    for share in (splitter.feed(text), splitter.finish()):
        answer = share.text if share.recast else answer + share.text
    return answer
