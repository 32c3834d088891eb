"""The headers of messages in OpenAI's Harmony format, recognised in text that is cut anywhere.

A message is `<|start|>assistant<|channel|>final<|message|>`, its text, and `<|end|>`, `<|return|>`
or `<|call|>`. The start belongs to the prompt and is mostly left out; some models leave out the
channel of the answer. A header with `to=functions.name` asks for a tool. (OpenAI, "Harmony response
format".)
"""

import re
from typing import Final

LONGEST_HEADER: Final = 256
ENDS: Final = ("<|end|>", "<|return|>", "<|call|>")

_STARTS: Final = ("<|start|>", "<|channel|>")
_MARKS: Final = (*ENDS, *_STARTS)
MARK: Final = re.compile("|".join(map(re.escape, _MARKS)))
END: Final = re.compile("|".join(map(re.escape, ENDS)))
_HEADER: Final = re.compile(
    r"(?:<\|(?:end|return|call)\|>\s*)?"
    r"(?=<\|(?:start|channel)\|>)"
    r"(?:<\|start\|>\s*assistant[^<|]*)?"
    r"(?:<\|channel\|>\s*(analysis|commentary|final)\b[^<|]*)?"
    r"(?:<\|constrain\|>[^<|]*)?"
    r"<\|message\|>"
)
_WHOLE: Final = "<|start|>assistant<|channel|>{}<|constrain|>json<|message|>"
_CHANNELS: Final = ("analysis", "commentary", "final")
_RESTS: Final = tuple(
    whole[begin:] for whole in map(_WHOLE.format, _CHANNELS) for begin in range(len(whole))
)


def is_in_format(text: str) -> bool | None:
    """Return whether `text` begins with a whole header; None while it may become one."""
    if any(start.startswith(text) for start in _STARTS):
        return None
    if not text.startswith(_STARTS):
        return False
    return None if may_be_header(text, 0) else header_at(text, 0) is not None


def may_be_header(text: str, begin: int) -> bool:
    """Return whether `text` from `begin` on is an unfinished header: some rest completes it."""
    text = text[begin : begin + LONGEST_HEADER + 1]
    if len(text) > LONGEST_HEADER or header_at(text, 0):
        return False
    return any(_HEADER.fullmatch(text + rest) for rest in _RESTS)


def header_at(text: str, begin: int) -> re.Match[str] | None:
    """Match a whole header at `begin`; group 1 is its channel."""
    return _HEADER.match(text, begin, begin + LONGEST_HEADER)


def end_of_text(text: str, begin: int) -> int:
    """Return where a mark begins that `text` may end in, else the text's end."""
    start = text.rfind("<", begin)
    is_part = start >= 0 and any(mark.startswith(text[start:]) for mark in _MARKS)
    return start if is_part else len(text)
