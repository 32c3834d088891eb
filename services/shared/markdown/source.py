"""Markdown source: made readable to the parser, and the parser's events."""

import re
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from itertools import repeat
from typing import Final

from pyromark import Markdown, Options
from pyromark.event import Event, Range

from services.shared.markdown.data_images import DataImages
from services.shared.markdown.delimiters import DelimiterReader
from services.shared.markdown.table_limit import TableLimit

NOWHERE: Final[Range] = {"start": 0, "end": 0}
_MARKDOWN: Final = Markdown(
    options=Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_GFM
    | Options.ENABLE_MATH
    | Options.ENABLE_TABLES
)
# A lone surrogate cannot be encoded, noncharacters are kept for inner use, and CommonMark asks for
# the replacement of NUL.
_UNSAFE: Final = re.compile("[\x00\ud800-\udfff\ufdd0-\ufdef]")


class Reader:
    """Makes text readable to the parser as it comes, the same however it is cut.

    Line ends become line feeds; characters that no parser takes are replaced; the delimiters of
    formulas are marked, and `images` are taken out.
    """

    __slots__ = ("_delimiters", "_line_ends", "_tables", "images")

    def __init__(self) -> None:
        self.images = DataImages()
        self._line_ends = IncrementalNewlineDecoder(None, translate=True)
        self._delimiters = DelimiterReader()
        self._tables = TableLimit()

    def read(self, piece: str, *, final: bool = False) -> str:
        """Return the next readable piece; what the following character may change waits for it."""
        text = self._line_ends.decode(piece, final=final)
        readable = self.images.read(_UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text))
        return self._delimiters.read(readable, final=final)

    def complete(self, lines: str) -> str:
        """Return complete lines, which `read` has returned, as the parser is to have them."""
        return self._tables.read(lines)


def events(text: str, *, placed: bool = True) -> Iterator[tuple[Event, Range]]:
    """Parse text that a `Reader` has read; ranges are UTF-8 byte offsets.

    They take almost half of the time: who has no use for them gets empty ones.
    """
    if placed:
        return _MARKDOWN.events_with_range(text, merge_text=True)
    return zip(_MARKDOWN.events(text, merge_text=True), repeat(NOWHERE), strict=False)
