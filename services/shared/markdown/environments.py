r"""Formulas that are LaTeX environments on lines of their own: \begin{align} to \end{align}.

To a markdown parser they are prose, in which `\\` is an escaped backslash and `+ b` an item. So it
is shown a formula between dollars, without any signs inside. One that never ends is shown the same
way, and becomes its source.
"""

import re
from copy import copy
from typing import Final

from services.shared.markdown.gathered import each_line
from services.shared.markdown.marks import ENVIRONMENT, WORD, as_written, without_syntax
from services.shared.markdown.places import CONTAINERS, indent, parted, place_of

_NAMES: Final = "|".join(
    (
        *("align", "alignat", "alignedat", "aligned", "array", "displaymath", "eqnarray"),
        *("equation", "flalign", "gather", "gathered", "multline", "split", "subequations"),
        *("[dr]?cases", "[bBpvV]?matrix", "smallmatrix"),
    )
)
_BEGIN: Final = re.compile(rf"({CONTAINERS})(?=\\begin\{{({_NAMES})\*?\}})")
# Behind a blank line, or further out, only such lines belong to an environment.
_TEX: Final = re.compile(r"&|\\[\\A-Za-z]")
_DOLLARS: Final = re.compile(r"\\.|`+[^`\n]*`+|(\$\$|(?<=\S)\$(?!\d)|\$(?=[^\s\d]))")
_AROUND: Final = " \t>\n"


class Environments:
    """Follows the lines of a text, and keeps those of an environment until it is over."""

    __slots__ = ("_begun", "_in_formula")

    def __init__(self) -> None:
        self._begun: _Environment | None = None
        self._in_formula = False

    @property
    def kept(self) -> int:
        """How many characters are kept."""
        return self._begun.length if self._begun else 0

    def may_change(self, lines: str) -> bool:
        """Say whether any of these lines may belong to an environment."""
        return self._begun is not None or r"\begin{" in lines

    def pass_over(self, lines: str) -> None:
        """Take lines that `may_change` nothing, but may tell where no environment begins."""
        _, blank, last = lines.rpartition("\n\n")
        self._in_formula = self._in_formula and not blank
        if self._in_formula or "$" in last:
            for line in each_line(last):
                self._follow_dollars(line)

    def read(self, line: str) -> str:
        """Take a line, and return what is certain as the parser is to have it."""
        if self._begun is not None:
            if not self._begun.add(line):
                return self.end() + self.read(line)
            return self.end() if self._begun.is_over else ""
        found = _BEGIN.match(line) if "\\" in line and not self._in_formula else None
        if found is None:
            self._follow_dollars(line)
            return line
        self._begun = _Environment(found[2], found[1])
        self._begun.take(found[1], line[found.end() :])
        return self.end() if self._begun.is_over else ""

    def end(self) -> str:
        """Return what was kept: another block follows, or nothing."""
        begun, self._begun, self._in_formula = self._begun, None, False
        return begun.source() if begun else ""

    def preview(self, line: str) -> str:
        """Return what was kept and a line that is not complete, without taking it."""
        if not self.may_change(line):
            return line
        kept = self._begun, self._in_formula
        self._begun = self._begun and self._begun.twin()
        preview = self.read(line) + self.end()
        self._begun, self._in_formula = kept
        return preview

    def _follow_dollars(self, line: str) -> None:
        """Note whether the paragraph is within a formula, where an environment is part of it."""
        if "$" not in line:
            self._in_formula = self._in_formula and line.strip(_AROUND) != ""
        else:
            count = sum(1 for found in _DOLLARS.finditer(line) if found[1])
            self._in_formula ^= count % 2 == 1


class _Environment:
    """An environment that has begun: its lines so far, each parted from its containers."""

    __slots__ = ("_depth", "_edge", "_lines", "_place", "_rest", "is_over", "length")

    def __init__(self, name: str, containers: str) -> None:
        self._place = place_of(containers)
        self._edge = re.compile(rf"\\(?:(begin)|end)\{{{name}\*?\}}")
        self._depth = 0
        self._lines: list[tuple[str, str]] = []
        self._rest = ""
        self.is_over = False
        self.length = 0

    def twin(self) -> "_Environment":
        """Return another one that is the same so far."""
        twin = copy(self)
        twin.detach()
        return twin

    def detach(self) -> None:
        """Share no lines with the one that this is a copy of."""
        self._lines = self._lines.copy()

    def add(self, line: str) -> bool:
        """Take the next line, and say whether it belongs to the environment."""
        parts = parted(line, self._place.quotes)
        if parts is None or self._ends_before(*parts):
            return False
        self.take(*parts)
        return True

    def take(self, containers: str, content: str) -> None:
        """Take the content of a line."""
        end = len(content.rstrip("\n"))
        for edge in self._edge.finditer(content):
            self._depth += 1 if edge[1] else -1
            if self._depth == 0:
                self.is_over, end = True, edge.end()
                break
        self._lines.append((containers, content[:end]))
        self._rest = content[end:]
        self.length += len(containers) + len(content)

    def source(self) -> str:
        """Return the lines as a formula between dollars, and what follows on its last line."""
        lines = self._lines.copy()
        blank = ""
        while not lines[-1][1].strip():
            blank = f"\n{lines.pop()[0]}{blank}"
        [(containers, first), *others] = lines
        written = [f"{containers}$${ENVIRONMENT}{_plain(first)}"]
        written += [
            containers + _plain(text) if text.strip() else self._blank(containers)
            for containers, text in others
        ]
        return "\n".join(written) + f"{ENVIRONMENT}$${blank}{self._rest}"

    def _blank(self, containers: str) -> str:
        """Return a blank line that ends neither paragraph nor container."""
        quotes, mark, _ = containers.rpartition(">")
        return f"{quotes}{mark}{' ' * (self._place.indent + len(mark))}{WORD}"

    def _ends_before(self, containers: str, content: str) -> bool:
        if not content.strip():
            return False
        is_apart = not self._lines[-1][1].strip() or indent(containers) < self._place.indent
        return is_apart and (not _TEX.search(content) or _BEGIN.match(content) is not None)


def _plain(content: str) -> str:
    return without_syntax(as_written(content.strip()))
