"""Takes single members out of JSON from a stranger, each for what it is or not at all."""

import re
from collections.abc import Mapping
from typing import Final, cast

LONGEST_NAME: Final = 200
LARGEST_COUNT: Final = 2**31 - 1

type Members = Mapping[str, object]

NO_MEMBERS: Final[Members] = {}

# Control characters that no text needs, and half pairs that no encoding takes.
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def members(value: object) -> Members:
    """Return `value` if it is a JSON object, else an empty one."""
    return cast("Members", value) if isinstance(value, dict) else NO_MEMBERS


def items(value: object) -> list[object]:
    """Return `value` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a string in which whatever cannot be stored is U+FFFD; "" for anything else."""
    if not isinstance(value, str):
        return ""
    # Almost all is printable, and known to be so much sooner.
    return value if value.isprintable() else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def name(value: object) -> str | None:
    """Return a string that is not empty, cut to 200 characters."""
    return text(value[:LONGEST_NAME]) if isinstance(value, str) and value else None


def count(value: object) -> int | None:
    """Return a whole number from 0 to 2**31 - 1."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= LARGEST_COUNT else None
