"""Rewrites complete lines of source for the parser."""

import re
from typing import Final

from services.shared.markdown.maths.display_reader import DisplayReader
from services.shared.markdown.parse.cjk_emphasis import relax_emphasis
from services.shared.markdown.parse.nested_fences import NestedFences
from services.shared.markdown.parse.table_limit import TableLimit
from services.shared.markdown.safety.placeholders import SPACE_AND_WORD
from services.shared.markdown.source_lines import CONTAINER_MARKERS, each_line

_TASK_MARK: Final = re.compile(r"\[[ xX]\][ \t]*$", re.MULTILINE)
_CONTAINERS: Final = re.compile(CONTAINER_MARKERS)
# A list marker and the space behind it.
_ITEM_MARK: Final = re.compile(r"[-+*.)][ \t]+\Z")


class LineReader:
    """Rewrites the lines of a text in order; the result does not depend on how they are batched."""

    __slots__ = ("_displays", "_fences", "_tables")

    def __init__(self) -> None:
        self._displays = DisplayReader()
        self._fences = NestedFences()
        self._tables = TableLimit()

    @property
    def kept(self) -> int:
        """How many characters wait for the lines that follow."""
        return self._displays.kept

    def read(self, lines: str, *, final: bool = False) -> str:
        """Return the next rewritten lines; those of a formula wait for its last one."""
        if self._fences.may_change(lines) or self._displays.may_change(lines):
            lines = "".join(map(self._read, each_line(lines)))
        elif not self._fences.is_open:
            self._displays.pass_over(lines)
        if final:
            lines += self._displays.end()
        return self._tables.read(relax_emphasis(complete_lone_tasks(lines))) if lines else ""

    def preview(self, line: str) -> str:
        """Return the lines that wait and an incomplete one, as if the text ended there."""
        preview = line if self._fences.is_open else self._displays.preview(line)
        return relax_emphasis(complete_lone_tasks(preview))

    def _read(self, line: str) -> str:
        read = self._fences.read(line)
        if self._fences.is_code:
            return self._displays.end() + read
        return self._displays.read(read)


def complete_lone_tasks(text: str) -> str:
    """Put a word behind each task mark that has no text; the text consists of complete lines.

    To the parser such an item is empty, so that nothing behind a blank line belongs to it. By GFM
    (5.3) the mark begins the item's paragraph.
    """
    return _TASK_MARK.sub(_completed, text) if "]" in text else text


def _completed(mark: re.Match[str]) -> str:
    line_start = mark.string.rfind("\n", 0, mark.start()) + 1
    before = mark.string[line_start : mark.start()]
    is_item = _ITEM_MARK.search(before) and _CONTAINERS.fullmatch(before)
    return mark[0] + SPACE_AND_WORD if is_item else mark[0]
