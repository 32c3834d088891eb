"""Tells reasoning from answer where a server leaves the marks of OpenAI's Harmony format in.

A message is `<|start|>assistant<|channel|>final<|message|>`, its text, and `<|end|>`, `<|return|>`
or `<|call|>`; the start belongs to the prompt and is left out mostly, and some models leave out the
channel of the answer. A header with `to=functions.name` asks for a tool. (OpenAI, "Harmony response
format".)
"""

import re
from typing import Final

from services.ai.provider.answer_text import AnswerText
from services.ai.provider.code_spans import ends_in_code
from services.ai.provider.fields import LONGEST_NAME
from services.ai.provider.shares import NOTHING, Share

LONGEST_HEADER: Final = 256
MOST_SPACE: Final = 1000
"""Characters before the first that is neither space nor part of a mark."""

_STARTS: Final = ("<|start|>", "<|channel|>")
_ENDS: Final = ("<|end|>", "<|return|>", "<|call|>")
_MARKS: Final = (*_ENDS, *_STARTS)
_MARK: Final = re.compile("|".join(map(re.escape, _MARKS)))
_HEADER: Final = re.compile(
    r"(?:<\|(?:end|return|call)\|>\s*)?"
    r"(?=<\|(?:start|channel)\|>)"
    r"(?:<\|start\|>\s*assistant[^<|]*)?"
    r"(?:<\|channel\|>\s*(analysis|commentary|final)\b[^<|]*)?"
    r"(?:<\|constrain\|>[^<|]*)?"
    r"<\|message\|>"
)
_RECIPIENT: Final = re.compile(r"\bto=(?:functions\.)?([^\s<|]+)")
_END: Final = re.compile("|".join(map(re.escape, _ENDS)))
_OPENERS: Final = frozenset("([{\"'`“‘«„")  # noqa: RUF001 - quotation marks
"""Behind these, as behind space, a mark is quoted."""
_GAP: Final = "\n\n"
_WHOLE: Final = "<|start|>assistant<|channel|>{}<|constrain|>json<|message|>"
_CHANNELS: Final = ("analysis", "commentary", "final")
_RESTS: Final = tuple(
    whole[begin:] for whole in map(_WHOLE.format, _CHANNELS) for begin in range(len(whole))
)


class HarmonyReader:
    """Takes a text that begins with a header of this format, and shares it out.

    Only a whole header is one: what else looks like a mark is text, for a model may write about
    them. An answer goes on behind the header of another message that follows the end of its own;
    once a mark in it was text, all that follows is.
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
        """No mark is looked for any more."""
        self._tool: str | None = None

    def feed(self, text: str) -> Share:
        """Share out more text."""
        if self._answer and self._is_plain:
            return Share(self._say(self._answer, text))
        self._held += text
        answer, reasoning, self._tool = "", "", None
        is_going_on = True
        while is_going_on:
            before = self._answer
            if before:
                answer += self._read_answer(before)
            else:
                reasoning += self._think()
            is_going_on = self._answer is not before and not self._is_plain
        share = Share(answer, reasoning, tool=self._tool)
        return NOTHING if share == NOTHING else share

    def finish(self) -> Share:
        """Share out what is held back when nothing more comes."""
        held, self._held = self._held, ""
        if self._answer:
            return Share(self._say(self._answer, held) + self._end(self._answer))
        return Share(reasoning="" if _MARK.match(held) else held)

    def _read_answer(self, answer: AnswerText) -> str:
        """Return what of the held text belongs to the answer, up to the next message."""
        text, self._held = self._held, ""
        mark = _END.search(text)
        end = mark.start() if mark else _end_of_text(text, 0)
        if mark and not _may_be_header(text[end : end + LONGEST_HEADER + 1]):
            if not (_header(text, end) and self._is_ended(text[:end])):
                self._is_plain = True
                self._said.clear()
                return self._say(answer, text)
            self._answer = None
        self._held = text[end:]
        self._said.append(text[:end])
        said = self._say(answer, text[:end])
        return said if self._answer else said + self._end(answer)

    def _is_ended(self, text: str) -> bool:
        """Tell whether a message that ends in `text` may end there: what is quoted does not."""
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
        """Return the thoughts in `text`, and what is not known yet, or is the answer."""
        thoughts: list[str] = []
        begin = place = 0
        while mark := _MARK.search(text, place):
            if _may_be_header(text[mark.start() : mark.start() + LONGEST_HEADER + 1]):
                return [*thoughts, text[begin : mark.start()]], text[mark.start() :]
            header = _header(text, mark.start())
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
        end = _end_of_text(text, begin)
        return [*thoughts, text[begin:end]], text[end:]

    def _begins_answer(self, header: re.Match[str]) -> bool:
        """Take a header; without a channel it is that of an answer, unless it is for a tool."""
        recipient = _RECIPIENT.search(header[0])
        if recipient:
            self._tool = self._tool or recipient[1][:LONGEST_NAME]
        if header[1] not in {"final", None} or (recipient and header[1] is None):
            return False
        self._answer = AnswerText(*_ENDS)
        return True


def is_in_format(text: str) -> bool | None:
    """Tell whether `text` begins with a whole header; None while it may yet turn out to."""
    if any(start.startswith(text) for start in _STARTS):
        return None
    if not text.startswith(_STARTS):
        return False
    return None if _may_be_header(text) else _header(text) is not None


def _may_be_header(text: str) -> bool:
    """Tell whether `text` is the beginning of a header: some rest of one makes it whole."""
    if len(text) > LONGEST_HEADER or _header(text):
        return False
    return any(_HEADER.fullmatch(text + rest) for rest in _RESTS)


def _header(text: str, begin: int = 0) -> re.Match[str] | None:
    return _HEADER.match(text, begin, begin + LONGEST_HEADER)


def _end_of_text(text: str, begin: int) -> int:
    """Return where a mark begins that `text` may end in."""
    start = text.rfind("<", begin)
    is_part = start >= 0 and any(mark.startswith(text[start:]) for mark in _MARKS)
    return start if is_part else len(text)
