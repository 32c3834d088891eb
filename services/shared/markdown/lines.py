"""Complete lines of source, as the parser is to have them."""

from services.shared.markdown.displays import Displays
from services.shared.markdown.flanking import relaxed
from services.shared.markdown.lone_tasks import with_words
from services.shared.markdown.nested_fences import NestedFences
from services.shared.markdown.source_lines import each_line
from services.shared.markdown.table_limit import TableLimit


class LineReader:
    """Reads the lines of a text in order; what it returns does not depend on how many at a time."""

    __slots__ = ("_displays", "_fences", "_tables")

    def __init__(self) -> None:
        self._displays = Displays()
        self._fences = NestedFences()
        self._tables = TableLimit()

    @property
    def kept(self) -> int:
        """How many characters wait for the lines that follow."""
        return self._displays.kept

    def read(self, lines: str, *, final: bool = False) -> str:
        """Return the next readable lines; those of a formula wait for its last one."""
        if self._fences.may_change(lines) or self._displays.may_change(lines):
            lines = "".join(map(self._read, each_line(lines)))
        elif not self._fences.is_open:
            self._displays.pass_over(lines)
        if final:
            lines += self._displays.end()
        return self._tables.read(relaxed(with_words(lines))) if lines else ""

    def preview(self, line: str) -> str:
        """Return what waits and a line that is not complete, as if the text ended with it."""
        preview = line if self._fences.is_open else self._displays.preview(line)
        return relaxed(with_words(preview))

    def _read(self, line: str) -> str:
        read = self._fences.read(line)
        if self._fences.is_code:
            return self._displays.end() + read
        return self._displays.read(read)
