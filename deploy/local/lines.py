"""Splits a child's output into whole lines that are safe for a terminal."""

import re
from collections.abc import Iterator
from typing import IO

LONGEST_LINE = 1 << 20
_CHUNK = 1 << 16
# All control characters except tabs and colours: a child's output may quote untrusted text.
_CONTROL = re.compile(r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def read_lines(stream: IO[bytes]) -> Iterator[str]:
    """Yield each line of `stream` without its end, also an unfinished last one.

    A line longer than a mebibyte comes in pieces, so that no child can fill the memory.
    """
    pieces: list[bytes] = []
    size = 0
    for piece in _pieces(stream):
        pieces.append(piece)
        size += len(piece)
        if piece.endswith(b"\n") or size >= LONGEST_LINE:
            yield _clean(b"".join(pieces))
            pieces, size = [], 0
    if pieces:
        yield _clean(b"".join(pieces))


def without_colour(line: str) -> str:
    """Drop the colours of a line that does not go to a terminal."""
    return _COLOUR.sub("", line)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        # readline() stops at the limit: a whole line, or a part of a long one.
        yield from iter(lambda: stream.readline(_CHUNK), b"")


def _clean(line: bytes) -> str:
    return _CONTROL.sub("", line.decode(errors="replace").rstrip("\r\n"))
