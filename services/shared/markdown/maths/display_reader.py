r"""Formulas on lines of their own: from \begin{align} to \end{align}, from \[ to \], or in `$$`.

To a markdown parser they are prose, in which `\\` is an escaped backslash and `+ b` an item. So we
show it a formula between dollars, without any punctuation inside. An environment without an end is
treated the same way and becomes its source. A delimiter without a partner changes nothing.
"""

import re
from typing import Final

from services.shared.markdown.maths.display_formula import BEGIN, DisplayFormula
from services.shared.markdown.safety.placeholders import KINDS
from services.shared.markdown.source_lines import each_line

_KINDS: Final = "".join(sorted(KINDS))
# Three or more dollars delimit nothing, nor does a dollar in code; `2$^n$` is a whole formula.
_DOLLARS: Final = re.compile(
    rf"\\.|`+[^`\n]*`+|(?<![${_KINDS}])\${{3,}}+(?![{_KINDS}])|(?<=\w)\$[_^\\][^$\n]*\$"
    r"|(\$\$|(?<=\S)\$(?!\d)|\$(?=[^\s\d]))"
)
_AROUND: Final = " \t>\n"


class DisplayReader:
    """Follows the lines of a text and holds back those of a formula until it ends."""

    __slots__ = ("_begun", "_in_formula")

    def __init__(self) -> None:
        self._begun: DisplayFormula | None = None
        self._in_formula = False

    @property
    def kept(self) -> int:
        """How many characters are held back."""
        return self._begun.length if self._begun else 0

    def may_change(self, lines: str) -> bool:
        """Return whether any of these lines may belong to a formula."""
        return self._begun is not None or "$$" in lines or r"\begin{" in lines

    def pass_over(self, lines: str) -> None:
        """Take lines that `may_change` nothing, but may open or close a formula in a paragraph."""
        _, blank, last = lines.rpartition("\n\n")
        self._in_formula = self._in_formula and not blank
        if self._in_formula or "$" in last:
            for line in each_line(last):
                self._follow_dollars(line)

    def read(self, line: str) -> str:
        """Take a line, and return the lines that are certain as the parser needs them."""
        if self._begun is not None:
            if not self._begun.add(line):
                return self.end() + self.read(line)
            return self.end() if self._begun.is_over else ""
        found = None if self._in_formula else BEGIN.match(line)
        if found is None:
            self._follow_dollars(line)
            return line
        self._begun = DisplayFormula(found)
        self._begun.take(found[1], line[found.end() :])
        return self.end() if self._begun.is_over else ""

    def end(self) -> str:
        """Return the lines held back, because another block follows or the text ends."""
        begun, self._begun, self._in_formula = self._begun, None, False
        return begun.source() if begun else ""

    def preview(self, line: str) -> str:
        """Return the lines held back and an incomplete line, without taking it."""
        if not self.may_change(line):
            return line
        kept = self._begun, self._in_formula
        self._begun = self._begun and self._begun.twin()
        preview = self.read(line) + self.end()
        self._begun, self._in_formula = kept
        return preview

    def _follow_dollars(self, line: str) -> None:
        """Note whether the paragraph is within a formula, so that no other formula begins."""
        if "$" not in line:
            self._in_formula = self._in_formula and line.strip(_AROUND) != ""
        else:
            count = sum(1 for found in _DOLLARS.finditer(line) if found[1])
            self._in_formula ^= count % 2 == 1
