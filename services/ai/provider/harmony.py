"""Tells reasoning from answer where a server leaves the marks of OpenAI's Harmony format in.

A message is `<|start|>assistant<|channel|>final<|message|>`, its text, and `<|end|>`, `<|return|>`
or `<|call|>`; the start belongs to the prompt and is left out mostly. (OpenAI, "Harmony response
format".)
"""

import re
from typing import Final

from services.ai.provider.answer_text import AnswerText
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
    r"(?:<\|start\|>\s*assistant[^<|]*)?"
    r"<\|channel\|>\s*(analysis|commentary|final)\b[^<|]*"
    r"(?:<\|constrain\|>[^<|]*)?"
    r"<\|message\|>"
)
_WHOLE: Final = "<|start|>assistant<|channel|>{}<|constrain|>json<|message|>"
_CHANNELS: Final = ("analysis", "commentary", "final")
_RESTS: Final = tuple(
    whole[begin:] for whole in map(_WHOLE.format, _CHANNELS) for begin in range(len(whole))
)


class HarmonyReader:
    """Takes a text that begins with a header of this format, and shares it out.

    Only a whole header is one: what else looks like a mark is text, for a model may write about
    them. All that follows the header of the answer is answer, whatever it looks like.
    """

    def __init__(self) -> None:
        self._held = ""
        self._has_thought = False
        self._answer: AnswerText | None = None

    def feed(self, text: str) -> Share:
        """Share out more text."""
        if self._answer:
            return Share(self._answer.feed(text))
        thoughts, rest = self._read(self._held + text)
        reasoning = "".join(thoughts)
        self._has_thought = self._has_thought or bool(reasoning.strip())
        if self._answer:
            self._held = ""
            return Share(self._answer.feed(rest), reasoning)
        self._held = rest
        return Share(reasoning=reasoning) if reasoning else NOTHING

    def finish(self) -> Share:
        """Share out what is held back when nothing more comes."""
        if self._answer:
            return Share(self._answer.finish())
        held, self._held = self._held, ""
        return Share(reasoning="" if _MARK.match(held) else held)

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
            if header[1] == "final":
                self._answer = AnswerText(*_ENDS)
                return thoughts, text[begin:]
            if self._has_thought or any(map(str.strip, thoughts)):
                thoughts.append("\n\n")
        end = _end_of_text(text, begin)
        return [*thoughts, text[begin:end]], text[end:]


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
