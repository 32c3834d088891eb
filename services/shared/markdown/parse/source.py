"""Prepares markdown source for the parser, and parses it into events."""

import re
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from itertools import repeat
from typing import Final

from pyromark import Markdown, Options
from pyromark.event import Event, Range

from services.shared.markdown.maths.delimiters import DelimiterReader
from services.shared.markdown.maths.dollars import may_be_refused, read_formulas, without_long_runs
from services.shared.markdown.parse.blocks import NOWHERE
from services.shared.markdown.parse.data_images import DataImages
from services.shared.markdown.parse.line_reader import LineReader

_MARKDOWN: Final = Markdown(
    options=Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_GFM
    | Options.ENABLE_MATH
    | Options.ENABLE_TABLES
)
# A lone surrogate cannot be encoded. Noncharacters and DELETE are reserved for internal use.
# CommonMark requires NUL to be replaced.
_UNSAFE: Final = re.compile("[\x00\x7f\ud800-\udfff\ufdd0-\ufdef]")


class Reader:
    """Prepares text for the parser as it arrives; the result does not depend on how it is cut.

    Line ends become line feeds, unsafe characters are replaced, the delimiters of formulas are
    marked, and data URLs are moved into `images`.
    """

    __slots__ = ("_delimiters", "_line_ends", "_lines", "images")

    def __init__(self) -> None:
        self.images = DataImages()
        self._line_ends = IncrementalNewlineDecoder(None, translate=True)
        self._delimiters = DelimiterReader()
        self._lines = LineReader()

    def read(self, piece: str, *, final: bool = False) -> str:
        """Return the next prepared piece; what the next character may change waits for it."""
        text = self._line_ends.decode(piece, final=final)
        readable = self.images.read(_UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text))
        return self._delimiters.read(readable, final=final)

    @property
    def kept(self) -> int:
        """How many characters of complete lines wait for the lines that follow."""
        return self._lines.kept

    def complete(self, lines: str, *, final: bool = False) -> str:
        """Return complete lines, which come from `read`, as the parser needs them."""
        return self._lines.read(lines, final=final)

    def preview(self, line: str) -> str:
        """Return lines that wait, and an incomplete one, as the parser needs them."""
        return self._lines.preview(line)


def events(text: str, *, placed: bool = True) -> Iterator[tuple[Event, Range]]:
    """Parse text that a `Reader` has read; ranges are UTF-8 byte offsets.

    The ranges take almost half of the time. With `placed=False` they are empty.
    """
    text = without_long_runs(text)
    if not placed:
        found = list(_MARKDOWN.events(text, merge_text=True))
        if "$" not in text or not may_be_refused(found):
            return zip(found, repeat(NOWHERE), strict=False)
    if "$" in text:
        return iter(read_formulas(_MARKDOWN, text))
    return _MARKDOWN.events_with_range(text, merge_text=True)
