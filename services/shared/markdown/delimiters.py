r"""The maths delimiters \( \) \[ \], which a markdown parser takes for escaped brackets.

They are rewritten, before the text is parsed, as the delimiters `$$` that the parser knows, each
with a noncharacter inside that tells them from `$$` as it was written.
"""

import re
from typing import Final, NamedTuple

_INLINE: Final = "\ufdd1"
_DISPLAY: Final = "\ufdd2"
_MARKED: Final = {
    r"\(": f"$${_INLINE}",
    r"\)": f"{_INLINE}$$",
    r"\[": f"$${_DISPLAY}",
    r"\]": f"{_DISPLAY}$$",
}
_WRITTEN: Final = {mark: written for written, mark in _MARKED.items()}
_ESCAPE: Final = re.compile(r"\\(?s:.)")
_MARK: Final = re.compile("|".join(map(re.escape, _WRITTEN)))
# GitHub's other form of a formula in a line: $`x`$
_QUOTED: Final = re.compile(r"`([^`]+)`")


class Formula(NamedTuple):
    """A formula: its TeX, and whether it stands in a line of its own."""

    tex: str
    display: bool


class DelimiterReader:
    """Marks the delimiters in text as it comes, the same however it is cut."""

    __slots__ = ("_held_back",)

    def __init__(self) -> None:
        self._held_back = ""

    def read(self, piece: str, *, final: bool = False) -> str:
        """Return the next marked piece; a backslash at its end waits for the next one."""
        text = self._held_back + piece
        backslashes = len(text) - len(text.rstrip("\\"))
        self._held_back = "\\" if backslashes % 2 and not final else ""
        return marked(text[: len(text) - len(self._held_back)])


def marked(text: str) -> str:
    """Replace each delimiter by its mark. The text must be free of noncharacters."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda pair: _MARKED.get(pair[0], pair[0]), text)


def as_written(text: str) -> str:
    """Put back the delimiters that were marked, as in code and in HTML."""
    return _MARK.sub(lambda mark: _WRITTEN[mark[0]], text) if has_marks(text) else text


def unescaped(text: str) -> str:
    """Replace each mark by the bracket that its delimiter escapes, as in prose and in links."""
    return _MARK.sub(lambda mark: _WRITTEN[mark[0]][1], text) if has_marks(text) else text


def has_marks(text: str) -> bool:
    """Say whether there is a mark in the text."""
    return _INLINE in text or _DISPLAY in text


def formula(kind: str, content: str) -> Formula | None:
    """Read what a parser found between dollars; None if the delimiters do not belong together.

    `kind` is the parser's InlineMath or DisplayMath.
    """
    if kind == "InlineMath":
        quoted = _QUOTED.fullmatch(content)
        return Formula(as_written(quoted[1] if quoted else content), display=False)
    ends = content[:1] + content[-1:]
    if not has_marks(ends):
        return Formula(as_written(content), display=True)
    if len(content) < len(ends) or ends[0] != ends[1]:
        return None
    return Formula(as_written(content[1:-1]), display=ends[0] == _DISPLAY)


def not_a_formula(kind: str, content: str) -> str:
    """Return the prose that is meant where the parser saw a formula and there is none."""
    dollars = "$" if kind == "InlineMath" else "$$"
    return unescaped(f"{dollars}{content}{dollars}")
