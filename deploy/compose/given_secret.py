"""Checks an operator's own secret before it replaces one that works.

The messages never repeat the secret.
"""

import json
import re
import sys
from typing import BinaryIO, Final, NoReturn

MOST_BYTES: Final = 1024 * 1024
_HEADER_VALUE: Final = re.compile(r"[ -~]*")


def read_given(stream: BinaryIO, name: str) -> str:
    """Read the secret `name` from standard input; end the process if it is not valid."""
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        _refuse(name, "is more than 1 MB")
    try:
        text = data.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        _refuse(name, "is no text in UTF-8")
    if text and (fault := find_fault(name, text)):
        _refuse(name, fault)
    return text


def find_fault(name: str, text: str) -> str | None:
    """Return why ai could not read `text` as `name`; None if it could."""
    if name == "ai_connections":
        return None if _names_endpoints(text) else "is no JSON object with an object for each name"
    return None if _HEADER_VALUE.fullmatch(text) else "is no printable ASCII on one line"


def _names_endpoints(text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and all(isinstance(one, dict) for one in found.values())


def _refuse(name: str, fault: str) -> NoReturn:
    sys.exit(f"What was given as {name} {fault}: nothing was changed.")
