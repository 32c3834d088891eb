"""Code blocks nested in a code block of markdown, as models write them.

Within a block of markdown, a fence with an info string opens an inner block. By CommonMark the
first fence without an info string closes the outer block, however many were opened in it. So we
show the parser an info string on a fence that closes an inner block.
"""

import re
from typing import Final, NamedTuple

from services.shared.markdown.safety.placeholders import WORD
from services.shared.markdown.source_lines import (
    CONTAINER_MARKERS,
    OUTERMOST,
    indent,
    nesting_of,
    split_line,
)

_FENCE: Final = re.compile(rf"({CONTAINER_MARKERS})(`{{3,}}|~{{3,}})([^\n]*)")
_LIST_MARK: Final = re.compile(r"[^>\s]")
_NESTING: Final = frozenset(("markdown", "md"))
_MAX_INDENT: Final = 3


class _Fence(NamedTuple):
    marks: str
    nests: bool


class NestedFences:
    """Follows the lines of a text and tracks which fences are open."""

    __slots__ = ("_nesting", "_open", "is_code")

    def __init__(self) -> None:
        self._open: list[_Fence] = []
        self._nesting = OUTERMOST
        self.is_code = False
        """Whether the last line was a fence or between fences."""

    @property
    def is_open(self) -> bool:
        """Whether what follows is between fences."""
        return bool(self._open)

    def may_change(self, lines: str) -> bool:
        """Return whether any of these lines may open or close a fence."""
        leaves = self.is_open and self._nesting != OUTERMOST
        return leaves or "```" in lines or "~~~" in lines

    def read(self, line: str) -> str:
        """Return a line as the parser needs it."""
        if self._open and self._is_left(line):
            self._open.clear()
        was_open = self.is_open
        if "```" in line or "~~~" in line:
            line = self._read(line)
        self.is_code = was_open or self.is_open
        return line

    def _read(self, line: str) -> str:
        fence = _FENCE.match(line)
        if fence is None or (fence[2][0] == "`" and "`" in fence[3]):
            return line
        info = fence[3].split()
        if not self._open:
            self._nesting = nesting_of(fence[1])
        if not self._open or (info and self._open[-1].nests):
            self._open.append(_Fence(fence[2], bool(info) and info[0].lower() in _NESTING))
        elif not info and not _LIST_MARK.search(fence[1]):
            return self._closed(line, fence)
        return line

    def _is_left(self, line: str) -> bool:
        """Return whether a line ends the container that the outermost fence is in."""
        parts = split_line(line, self._nesting.quotes)
        if parts is None:
            return True
        return parts[1].strip() != "" and indent(parts[0]) < self._nesting.indent

    def _closed(self, line: str, fence: re.Match[str]) -> str:
        """Close the innermost fence; from the parser, the end of a nested one is hidden."""
        is_nested = len(self._open) > 1
        closes = is_nested or self._closes_outermost(fence[1])
        if closes and fence[2].startswith(self._open[-1].marks):
            self._open.pop()
        return f"{fence[0].rstrip()}{WORD}{line[fence.end() :]}" if is_nested else line

    def _closes_outermost(self, containers: str) -> bool:
        place = nesting_of(containers)
        is_indented = place.indent > self._nesting.indent + _MAX_INDENT
        return place.quotes == self._nesting.quotes and not is_indented
