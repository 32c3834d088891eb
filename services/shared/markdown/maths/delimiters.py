r"""LaTeX's delimiters \( \) \[ \], which a markdown parser takes for escaped brackets.

Before the text is parsed they become the delimiter `$$` that the parser knows, with a mark inside
that distinguishes it from an original `$$`.
"""

import re
from typing import Final, NamedTuple

from services.shared.markdown.safety.placeholders import DISPLAY, INLINE, KINDS, as_written

_MARKED: Final = {
    r"\(": f"$${INLINE}",
    r"\)": f"{INLINE}$$",
    r"\[": f"$${DISPLAY}",
    r"\]": f"{DISPLAY}$$",
}
_ESCAPE: Final = re.compile(r"\\(?s:.)")
# GitHub's other form of an inline formula: $`x`$
_QUOTED: Final = re.compile(r"`([^`]+)`")


class Formula(NamedTuple):
    """The TeX of a formula, and whether it is displayed on its own line."""

    tex: str
    display: bool


class DelimiterReader:
    """Marks the delimiters in text as it arrives, however it is cut."""

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
    """Replace each delimiter by its mark; the text must have no marks yet."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda pair: _MARKED.get(pair[0], pair[0]), text)


def formula(kind: str, content: str) -> Formula | None:
    """Read what the parser found between dollars; None if the delimiters do not match.

    `kind` is the parser's InlineMath or DisplayMath.
    """
    if kind == "InlineMath":
        quoted = _QUOTED.fullmatch(content)
        return Formula(as_written(quoted[1] if quoted else content), display=False)
    first, last = content[:1], content[-1:]
    if KINDS.isdisjoint((first, last)):
        return Formula(as_written(content), display=True)
    if len(content) < len(first + last) or first != last:
        return None
    return Formula(as_written(content[1:-1]), display=first != INLINE)
