"""Separates reasoning from the answer where a server leaves the marks of Harmony in the text."""

import re
from typing import Final

from services.ai.provider.json_fields import LONGEST_NAME
from services.ai.provider.stream.answer_text import AnswerText
from services.ai.provider.stream.code_spans import ends_in_code
from services.ai.provider.stream.harmony_headers import (
    END,
    ENDS,
    MARK,
    end_of_text,
    header_at,
    is_in_format,
    may_be_header,
)
from services.ai.provider.stream.pieces import NO_SHARE, Share

MOST_SPACE: Final = 1000
"""Characters before the first that is neither space nor part of a mark."""

_RECIPIENT: Final = re.compile(r"\bto=(?:functions\.)?([^\s<|]+)")
_OPENERS: Final = frozenset("([{\"'`“‘«„")  # noqa: RUF001 - quotation marks
"""Behind these, as behind space, a mark is quoted."""
_GAP: Final = "\n\n"


class HarmonyReader:
    """Takes a text that begins with a header, and separates reasoning from the answer.

    Only a whole header counts: anything else that looks like a mark is text, since a model may
    write about marks. An answer continues behind the header of another message that follows the end
    of its own; once a mark in it was text, everything after it is text.
    """

    def __init__(self) -> None:
        self._held = ""
        self._has_thought = False
        self._answer: AnswerText | None = None
        self._said: list[str] = []
        """The message of the answer so far."""
        self._gap = ""
        """What comes before the next text of the answer."""
        self._is_plain = False
        """No further mark counts."""
        self._tool: str | None = None

    def feed(self, text: str) -> Share:
        """Return what of more text is known to be answer or reasoning."""
        if self._answer and self._is_plain:
            return Share(self._say(self._answer, text))
        self._held += text
        answer, reasoning, self._tool = "", "", None
        has_more = True
        while has_more:
            before = self._answer
            if before:
                answer += self._read_answer(before)
            else:
                reasoning += self._think()
            has_more = self._answer is not before and not self._is_plain
        share = Share(answer, reasoning, tool=self._tool)
        return NO_SHARE if share == NO_SHARE else share

    def finish(self) -> Share:
        """Return what is still held back at the end."""
        held, self._held = self._held, ""
        if self._answer:
            return Share(self._say(self._answer, held) + self._end(self._answer))
        return Share(reasoning="" if MARK.match(held) else held)

    def _read_answer(self, answer: AnswerText) -> str:
        """Return what of the held text belongs to the answer, up to the next message."""
        text, self._held = self._held, ""
        mark = END.search(text)
        end = mark.start() if mark else end_of_text(text, 0)
        if mark and not may_be_header(text, end):
            if not (header_at(text, end) and self._is_ended(text[:end])):
                self._is_plain = True
                self._said.clear()
                return self._say(answer, text)
            self._answer = None
        self._held = text[end:]
        self._said.append(text[:end])
        said = self._say(answer, text[:end])
        return said if self._answer else said + self._end(answer)

    def _is_ended(self, text: str) -> bool:
        """Return whether a message that ends in `text` may end there: a quoted mark ends none."""
        said = "".join((*self._said, text))
        last = said[-1:]
        return not (last.isspace() or last in _OPENERS or ends_in_code(said))

    def _say(self, answer: AnswerText, text: str) -> str:
        return self._behind_gap(answer.feed(text))

    def _end(self, answer: AnswerText) -> str:
        said = self._behind_gap(answer.finish())
        self._gap = _GAP if any(map(str.strip, self._said)) else self._gap
        self._said.clear()
        return said

    def _behind_gap(self, said: str) -> str:
        gap, self._gap = (self._gap, "") if said else ("", self._gap)
        return gap + said

    def _think(self) -> str:
        thoughts, self._held = self._read(self._held)
        reasoning = "".join(thoughts)
        self._has_thought = self._has_thought or bool(reasoning.strip())
        return reasoning

    def _read(self, text: str) -> tuple[list[str], str]:
        """Return the thoughts in `text`, and the rest: still unknown, or the answer."""
        thoughts: list[str] = []
        begin = place = 0
        while mark := MARK.search(text, place):
            if may_be_header(text, mark.start()):
                return [*thoughts, text[begin : mark.start()]], text[mark.start() :]
            header = header_at(text, mark.start())
            place = header.end() if header else mark.end()
            if not header:
                # The model thinks about a mark.
                continue
            thoughts.append(text[begin : mark.start()])
            begin = place
            if self._begins_answer(header):
                return thoughts, text[begin:]
            if self._has_thought or any(map(str.strip, thoughts)):
                thoughts.append(_GAP)
        end = end_of_text(text, begin)
        return [*thoughts, text[begin:end]], text[end:]

    def _begins_answer(self, header: re.Match[str]) -> bool:
        """Take a header; without a channel it begins an answer, unless it is for a tool."""
        recipient = _RECIPIENT.search(header[0])
        if recipient:
            self._tool = self._tool or recipient[1][:LONGEST_NAME]
        if header[1] not in {"final", None} or (recipient and header[1] is None):
            return False
        self._answer = AnswerText(*ENDS)
        return True


class ContinuedReader:
    """Takes what continues `begun`; only a header at its very start is one."""

    def __init__(self, begun: str) -> None:
        self._held = ""
        self._is_plain = ends_in_code(begun)
        self._harmony: HarmonyReader | None = None

    def feed(self, text: str) -> Share:
        """Return what of more text is known to be answer or reasoning."""
        if self._harmony:
            return self._harmony.feed(text)
        if self._is_plain:
            return Share(text)
        self._held += text
        start = self._held.lstrip()
        is_harmony = is_in_format(start)
        if is_harmony is None and len(self._held) < MOST_SPACE:
            return NO_SHARE
        held, self._held = self._held, ""
        if is_harmony:
            self._harmony = HarmonyReader()
            return self._harmony.feed(start)
        self._is_plain = True
        return Share(held)

    def finish(self) -> Share:
        """Return what is still held back at the end."""
        return self._harmony.finish() if self._harmony else Share(self._held)
