"""Markdown source: made encodable, parsed, and cut into its top-level blocks."""

import re
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from typing import Final, NamedTuple

from pyromark import Markdown, Options
from pyromark.event import Event

from services.shared.markdown.tables import padded_cells

_OPTIONS: Final = (
    Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_GFM
)
_MARKDOWN: Final = Markdown(options=_OPTIONS | Options.ENABLE_TABLES)
# For text whose tables lack more cells than any table would that is meant to be read.
_WITHOUT_TABLES: Final = Markdown(options=_OPTIONS)
_MAX_PADDED_CELLS: Final = 10_000
# A lone surrogate cannot be encoded, noncharacters are kept for inner use, and CommonMark asks for
# the replacement of NUL.
_UNSAFE: Final = re.compile("[\x00\ud800-\udfff\ufdd0-\ufdef]")
_LIST_ENDS: Final = ({"End": {"List": False}}, {"End": {"List": True}})


class SourceBlock(NamedTuple):
    """One top-level block: its events and the UTF-8 byte offset at which its source ends."""

    events: list[Event]
    end: int


class Slices(NamedTuple):
    """Source cut after each finished block, and the rest that may still change."""

    finished: list[str]
    rest: str


class Reader:
    """Makes text readable to the parser as it comes, the same however it is cut.

    Line ends become line feeds; characters that no parser takes are replaced.
    """

    __slots__ = ("_line_ends",)

    def __init__(self) -> None:
        self._line_ends = IncrementalNewlineDecoder(None, translate=True)

    def read(self, piece: str, *, final: bool = False) -> str:
        """Return the next readable piece; a carriage return at its end waits for the next one."""
        return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", self._line_ends.decode(piece, final=final))


def top_level_blocks(text: str) -> Iterator[SourceBlock]:
    """Parse `text`, which a `Reader` has read, and group the events by top-level block."""
    depth, end, events = 0, 0, list[Event]()
    parser = _MARKDOWN if padded_cells(text) <= _MAX_PADDED_CELLS else _WITHOUT_TABLES
    for event, span in parser.events_with_range(text, merge_text=True):
        events.append(event)
        if not isinstance(event, str):
            depth += ("Start" in event) - ("End" in event)
        # The range of a list takes in the definitions that follow it; that of its last item,
        # which ended just before, does not.
        end = end if event in _LIST_ENDS else span["end"]
        if depth == 0:
            yield SourceBlock(events, end)
            events = []


def slice_open(text: str) -> Slices:
    """Cut text that goes on: the last block of its complete lines, and all after it, is the rest.

    A line that is not complete yet can still change the kind of the block above it, and the
    following line can always continue the last block. Nothing can change an earlier one.
    """
    complete = text[: text.rfind("\n") + 1]
    ends = [block.end for block in top_level_blocks(complete)]
    return _cut(text, ends[:-1])


def slice_ended(text: str) -> list[str]:
    """Cut text that has ended after each of its blocks."""
    return _cut(text, [block.end for block in top_level_blocks(text)]).finished


def _cut(text: str, ends: list[int]) -> Slices:
    if not ends:
        return Slices([], text)
    source = text.encode()
    starts = [0, *ends[:-1]]
    finished = [source[start:end].decode() for start, end in zip(starts, ends, strict=True)]
    return Slices(finished, source[ends[-1] :].decode())
