"""Items that are nothing but the mark of a task.

To the parser such an item is empty, so that nothing behind a blank line belongs to it. By GFM (5.3)
the mark is the beginning of its paragraph. So the parser is shown a word behind it.
"""

import re
from typing import Final

from services.shared.markdown.marks import SPACE_AND_WORD
from services.shared.markdown.source_lines import CONTAINERS

_MARK: Final = re.compile(r"\[[ xX]\][ \t]*$", re.MULTILINE)
_CONTAINERS: Final = re.compile(CONTAINERS)
# A mark of a list, which space follows.
_ITEM: Final = re.compile(r"[-+*.)][ \t]+\Z")


def with_words(text: str) -> str:
    """Put a word behind the mark of each task without one. The text is of complete lines."""
    return _MARK.sub(_marked, text) if "]" in text else text


def _marked(mark: re.Match[str]) -> str:
    line_start = mark.string.rfind("\n", 0, mark.start()) + 1
    before = mark.string[line_start : mark.start()]
    is_item = _ITEM.search(before) and _CONTAINERS.fullmatch(before)
    return mark[0] + SPACE_AND_WORD if is_item else mark[0]
