"""Which parts of an open block are final, and source that opens a container again.

With that source before it, the text that follows is parsed by itself, and the parser decides which
container it belongs to. Each container has one line: the start of the line that opened it, with the
markers of surrounding lists blanked out, then its own marker, and an empty heading, which leaves no
paragraph open. The line of details is followed by a blank line.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from pyromark.event import Event

from services.shared.markdown.parse.blocks import Block, Kind, code_in

_LIST_MARK: Final = re.compile(rb"[^>\s]")
# A quotation's mark takes the space behind it, but here a list marker follows.
_NO_SPACE: Final = re.compile(rb">(?=[^>\s])")
_ITEM: Final = re.compile(
    rb"([-+*]|[0-9]{1,9}[.)])( {1,4}(?=[^ \t\n])| ?(?= *\n)|(?= {5,}[^ \t\n]))"
)
_FENCE: Final = re.compile(rb"`{3,}|~{3,}")
_INDENTED: Final[Event] = {"Start": {"CodeBlock": "Indented"}}
_BLANK_LINE: Final = re.compile(rb"[ \t>]*\n")
_EMPTY_HEADING: Final = b"#"
# Longer source, such as a fence of a thousand marks, would be repeated with every line.
_MAX_LENGTH: Final = 300


def reopening(source: bytes, block: Block) -> str | None:
    """Return the lines that open a block of `source` again; None if it is not worth it."""
    if block.kind == "list":
        return ""
    if block.kind == "code" and not _is_fenced(block):
        return None
    line_start = source.rfind(b"\n", 0, block.start) + 1
    if block.start - line_start > _MAX_LENGTH:
        return None
    lines = _WRITERS[block.kind](source, block.start)
    around = _LIST_MARK.sub(b" ", _NO_SPACE.sub(b"> ", source[line_start : block.start]))
    if not lines or sum(map(len, lines)) > _MAX_LENGTH:
        return None
    return b"".join(around + line + b"\n" for line in lines).decode()


def is_finished(source: bytes, block: Block) -> bool:
    """Return whether nothing that follows can change the last block of `source`."""
    match block.kind:
        case "line" | "row":
            return True
        case "paragraph":
            return _BLANK_LINE.match(source, line_end(source, block.end)) is not None
        case "code":
            return _is_closed(source, block, code_in(block.events))
        case "details":
            return block.closed
        case _:
            return False


def is_worth_opening(source: bytes, block: Block) -> bool:
    """Return whether an open block has a finished part, at any depth, that a page may show."""
    match block.kind:
        case "table" | "details":
            return True
        case "code":
            return reopening(source, block) is not None
        case "list" | "item" | "quote" if block.children:
            last = block.children[-1]
            is_more = (
                len(block.children) > 1
                or is_finished(source, last)
                or is_worth_opening(source, last)
            )
            return is_more and reopening(source, block) is not None
        case _:
            return False


def line_end(source: bytes, end: int) -> int:
    """Return where the line ends that a block ends in."""
    return source.find(b"\n", end - 1) + 1 or len(source)


def _is_fenced(block: Block) -> bool:
    """Return whether a code block is fenced, not indented."""
    return block.first != _INDENTED


def _is_closed(source: bytes, block: Block, text: str) -> bool:
    """Return whether the last block of `source`, code with this text, has its closing fence.

    All lines between the opening fence and the end of the block are in its text.
    """
    return _is_fenced(block) and source.count(b"\n", block.start) - 1 != text.count("\n")


def _item(source: bytes, start: int) -> tuple[bytes, ...]:
    mark = _ITEM.match(source, start)
    return () if mark is None else (mark[1] + (mark[2] or b" ") + _EMPTY_HEADING,)


def _quote(_source: bytes, _start: int) -> tuple[bytes, ...]:
    return (b"> " + _EMPTY_HEADING,)


def _table(source: bytes, start: int) -> tuple[bytes, ...]:
    head_end = source.find(b"\n", start)
    delimiter_row = source[head_end + 1 : source.find(b"\n", head_end + 1)]
    return source[start:head_end], delimiter_row.lstrip(b" \t>")


def _code(source: bytes, start: int) -> tuple[bytes, ...]:
    fence = _FENCE.match(source, start)
    return () if fence is None else (fence[0],)


def _details(_source: bytes, _start: int) -> tuple[bytes, ...]:
    return b"<details>", b""


_WRITERS: Final[Mapping[Kind, Callable[[bytes, int], tuple[bytes, ...]]]] = {
    "item": _item,
    "quote": _quote,
    "table": _table,
    "code": _code,
    "details": _details,
}
