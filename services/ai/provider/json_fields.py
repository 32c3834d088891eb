"""Parses untrusted JSON, and reads the members that have the right type."""

import json
import re
from collections.abc import Mapping
from typing import Final, cast

import jiter

LONGEST_NAME: Final = 200
LARGEST_COUNT: Final = 2**31 - 1

type Members = Mapping[str, object]

NO_MEMBERS: Final[Members] = {}

# Control characters that no text needs, and surrogates, which no encoding takes.
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def parse(data: bytes) -> object:
    """Parse JSON; bytes that are no UTF-8 and half surrogate pairs are replaced, not refused.

    Raises ValueError or RecursionError.
    """
    try:
        return cast("object", jiter.from_json(data))
    except ValueError:
        # The standard library takes what a strict parser does not.
        return cast("object", json.loads(data.decode(errors="replace")))


def members(value: object) -> Members:
    """Return `value` if it is a JSON object, else an empty one."""
    return cast("Members", value) if isinstance(value, dict) else NO_MEMBERS


def items(value: object) -> list[object]:
    """Return `value` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a string with U+FFFD for what cannot be stored; "" for anything else."""
    if not isinstance(value, str):
        return ""
    # Almost all text is printable, and this check is much faster.
    return value if value.isprintable() else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def name(value: object) -> str | None:
    """Return a string that is not empty, cut to 200 characters."""
    return text(value[:LONGEST_NAME]) if isinstance(value, str) and value else None


def count(value: object) -> int | None:
    """Return a whole number from 0 to 2**31 - 1."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= LARGEST_COUNT else None
