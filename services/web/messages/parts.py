"""Which part of a conversation a page shows: at first the end, then what a reader comes near."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

from services.web.errors import NotFoundError

PART: Final = 60
"""A part has this many messages: 30 turns."""
MOST: Final = 200
"""No page has more messages. A page that loads itself again asks for fewer than that."""
NUMBER: Final = re.compile("[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The part that a request asks for, by ids of messages; without any the newest part.

    `from_` and `until` are the first and last messages of a page that loads itself again.
    """

    before: int | None = None
    after: int | None = None
    around: int | None = None
    from_: int | None = None
    until: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """Read a query string; raises `NotFoundError` for a value that can be no id."""
        names = {field.name: query.get(field.name.rstrip("_")) for field in fields(cls)}
        return cls(**{name: _number(value) for name, value in names.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive messages of a conversation, and whether it has older and newer ones."""

    ids: Sequence[int]
    has_older: bool
    has_newer: bool


def part_of(shown: Sequence[int], wanted: Wanted) -> Part:
    """Choose from the messages that a chat shows, oldest first.

    The ids ascend, so one that is not among them still has its place there.
    """
    start, end = _bounds(shown, wanted)
    return Part(shown[start:end], has_older=start > 0, has_newer=end < len(shown))


def _bounds(shown: Sequence[int], wanted: Wanted) -> tuple[int, int]:
    length = len(shown)
    # Where an id leaves nothing to show, the part at that end of the conversation is shown.
    first_part, last_part = min(PART, length), max(0, length - PART)
    if wanted.before is not None:
        end = bisect_left(shown, wanted.before) or first_part
        return max(0, end - PART), end
    if wanted.after is not None:
        start = bisect_right(shown, wanted.after)
        start = last_part if start == length else start
        return start, min(length, start + PART)
    if wanted.around is not None:
        place = bisect_left(shown, wanted.around)
        start = max(0, min(last_part, place - PART // 2))
        return start, min(length, start + PART)
    end = length
    if wanted.until is not None:
        end = bisect_right(shown, wanted.until) or first_part
    start = max(0, end - PART)
    if wanted.from_ is not None:
        start = min(start, bisect_left(shown, wanted.from_))
    return max(start, end - MOST), end


def _number(value: str) -> int:
    if not NUMBER.fullmatch(value):
        raise NotFoundError
    return int(value)
