"""Separates reasoning from the answer where an endpoint sends both as text, with tags."""

import re
from functools import cache
from typing import Final

from services.ai.provider.stream.answer_text import AnswerReader
from services.ai.provider.stream.code_spans import ends_in_code
from services.ai.provider.stream.harmony import MOST_SPACE, HarmonyReader
from services.ai.provider.stream.harmony_headers import is_in_format
from services.ai.provider.stream.pieces import NO_SHARE, Share
from services.ai.provider.stream.reasoning_tags import AMBIGUOUS_TAGS, REASONING_TAGS

MOST_DOUBTS: Final = 8
"""Closing tags in code after which no tag counts: each costs a search of all the text."""

_NAMED: Final = re.compile(r"[,;)\]}]|[.:!?](?:\s|$)")
"""Behind a tag within a line: a sentence mentions that tag."""
_MOST_BEHIND: Final = 2
"""Characters behind a tag that decide."""
_ANGLED: Final = tuple(tag for tag in REASONING_TAGS.values() if tag.startswith("<"))
_OPENING_OF: Final = {closing: opening for opening, closing in REASONING_TAGS.items()}

type _Reader = HarmonyReader | AnswerReader


class TagSplitter:
    """Takes the text of an answer as it comes, and separates reasoning from the answer.

    An opening tag counts at the start of the answer only. A model whose template writes it into the
    prompt sends the closing tag alone: the first that is neither in code nor part of a sentence
    turns all text before it into reasoning. Text that may begin a tag is held back until it is
    known.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._is_open = True
        """A tag may still come."""
        self._said: list[str] | None = None
        """The answer so far, from its first character on; None before that."""
        self._doubts = 0
        self._strips = False
        self._late: str | None = ""
        """The words that would end reasoning; "" while unknown, None where no words would."""
        self._reader: _Reader | None = None
        """Reads all the rest."""

    def settle(self) -> None:
        """Take all that follows for the answer: the reasoning came in its own fields."""
        if not self._closing:
            self._is_open = False

    def feed(self, text: str) -> Share:
        """Return what of more text is known to be answer or reasoning."""
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
        """Return what is still held back at the end."""
        if self._reader:
            return self._reader.finish()
        if self._said is not None and self._is_open:
            share = self._answer("", is_end=True)
            return (
                share._replace(text=share.text + self._reader.finish().text)
                if self._reader
                else share
            )
        held, self._held = self._held, ""
        return Share(reasoning=held) if self._closing else Share(text=held)

    def _begin(self, text: str) -> Share:
        self._held += text
        start = self._held.lstrip()
        for opening, closing in REASONING_TAGS.items():
            if start.startswith(opening):
                self._held, self._closing, self._strips = "", closing, True
                return self._reason(start[len(opening) :])
        is_harmony = is_in_format(start)
        if is_harmony:
            return self._delegate(HarmonyReader(), start)
        may_be_tag = is_harmony is None or any(tag.startswith(start) for tag in REASONING_TAGS)
        if may_be_tag and len(self._held) < MOST_SPACE:
            return NO_SHARE
        held, self._held, self._said = self._held, "", []
        return self._answer(held)

    def _delegate(self, reader: _Reader, text: str) -> Share:
        self._held, self._closing, self._said, self._reader = "", "", None, reader
        return reader.feed(text)

    def _reason(self, text: str) -> Share:
        text, self._held = self._held + text, ""
        reasoning, tag, answer = text.partition(self._closing)
        if not tag:
            return Share(reasoning=self._stripped(self._hold(text, (self._closing,))))
        reasoning = self._stripped(reasoning)
        return self._delegate(AnswerReader(), answer)._replace(reasoning=reasoning)

    def _answer(self, text: str, *, is_end: bool = False) -> Share:
        if self._late is None and not self._held and "<" not in text:
            self._remember(text)
            return Share(text)
        if self._late == "":
            self._late = self._late_closing(text)
        text, self._held = self._held + text, ""
        begin, closings = 0, (*_ANGLED, self._late) if self._late else _ANGLED
        while self._is_open and (found := _pattern(closings).search(text, begin)):
            before, behind = text[: found.start()], text[found.end() : found.end() + _MOST_BEHIND]
            is_reasoning = self._is_reasoning(before, found[0], behind, is_end=is_end)
            if is_reasoning is None:
                self._held = text[found.start() :]
                self._remember(before)
                return Share(before)
            if is_reasoning:
                answer = self._delegate(AnswerReader(), text[found.end() :])
                return answer._replace(reasoning=before, recast=True)
            begin = found.end()
        text = self._hold(text, closings) if self._is_open and not is_end else text
        self._remember(text)
        return Share(text)

    def _is_reasoning(self, before: str, closing: str, behind: str, *, is_end: bool) -> bool | None:
        """Return whether all before a tag was reasoning; None while more text behind it decides."""
        said = "".join((*(self._said or ()), before))
        is_late = closing == self._late
        is_opened = not is_late and _OPENING_OF[closing] in said
        if not is_opened and not ends_in_code(said):
            is_in_line = not is_late and bool(said.rpartition("\n")[2].strip())
            is_named = is_in_line and _NAMED.match(behind) is not None
            may_change = is_in_line and not is_end and len(behind) < _MOST_BEHIND
            if may_change and (is_named or not behind):
                return None
            if not is_named:
                return True
        self._doubts += 1
        self._is_open = self._doubts < MOST_DOUBTS
        return False

    def _late_closing(self, text: str) -> str | None:
        said = "".join((*(self._said or ()), text)).lstrip()
        if found := next(filter(said.startswith, AMBIGUOUS_TAGS), None):
            return AMBIGUOUS_TAGS[found]
        return "" if said and any(opening.startswith(said) for opening in AMBIGUOUS_TAGS) else None

    def _remember(self, text: str) -> None:
        if self._said is not None:
            self._said.append(text)

    def _hold(self, text: str, tags: tuple[str, ...]) -> str:
        size = max(_size_of_part(text, tag) for tag in tags)
        self._held = text[len(text) - size :]
        return text[: len(text) - size]

    def _stripped(self, text: str) -> str:
        """Drop the empty lines behind an opening tag."""
        if not self._strips:
            return text
        text = text.lstrip()
        self._strips = not text
        return text


def without_reasoning(text: str) -> str:
    """Return the answer in a complete text."""
    splitter, answer = TagSplitter(), ""
    for share in (splitter.feed(text), splitter.finish()):
        answer = share.text if share.recast else answer + share.text
    return answer


@cache
def _pattern(tags: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, tags)))


def _size_of_part(text: str, tag: str) -> int:
    """Return how many characters of `tag` `text` ends with; the whole tag does not count."""
    sizes = range(min(len(text), len(tag) - 1), 0, -1)
    return next((size for size in sizes if text.endswith(tag[:size])), 0)
