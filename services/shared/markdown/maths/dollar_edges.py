"""Distinguishes dollars that delimit a formula from money, variables and code."""

import re
from collections import Counter
from typing import Final

from services.shared.markdown.safety.placeholders import DOLLAR

# In `**$HOME** and **$PATH**` the dollars belong to the emphasis and are no pair; nor are those of
# `[$HOME](a) and [$PATH](b)`, or of the ratings `($$), ($$$)` and `$$, $$`.
_EMPHASIS: Final = r"(?:\*{1,3}|_{1,2}|~~)"
_EMPHASIS_ENDS: Final = re.compile(rf"{_EMPHASIS}[\s)\]/]")
_EMPHASIS_BEGINS: Final = re.compile(rf"[\s(\[/]{_EMPHASIS}\Z")
_MAX_EMPHASIS: Final = 4
_BRACKET_ENDS: Final = re.compile(r"\)|,\s")
_SEPARATOR: Final = re.compile(r"[\s,/&\u2013\u2014-]+")
# Between one of these and a name a dollar begins a variable, as in `"$HOME/$USER"`.
_SIGN: Final = re.compile(
    r"""(?<![\\^_])["`(/\[{:=+*<>,;&@\u2013\u2014-]\Z"""
    rf"""|(?<!\\)_\Z|(?<![\w}})'])'\Z|(?:\A|[${DOLLAR}])\w+\.\Z"""
)
_NAME: Final = re.compile(r"[A-Za-z_{(]")
# What follows a dollar in `CO$_2$` and `25$^\circ$C`, but never in a price.
_SCRIPT: Final = re.compile(r"[_^\\]")
_BACKTICKS: Final = re.compile("`+")
# In TeX, backticks are quotation marks.
_TEXT: Final = re.compile(r"\\(?:text|mbox)[a-z]*\s*\{[^{}]*\}")


def opens_none(kind: str, content: str, before: str, after: str = "") -> bool:
    """Return whether the dollars before `content` begin no formula.

    `kind` is the parser's InlineMath or DisplayMath. `before` and `after` are the characters around
    the formula, or empty.
    """
    if _EMPHASIS_ENDS.match(content) or (len(content) > 1 and _BRACKET_ENDS.match(content)):
        return True
    linked, middle, _ = content.partition("](")
    if middle and linked.count("[") <= linked.count("]"):
        return True
    if kind == "DisplayMath":
        return _SEPARATOR.fullmatch(content) is not None
    is_script = _SCRIPT.match(content) and not _SCRIPT.match(after)
    return before.isalnum() and not is_script


def closes_none(kind: str, content: str, after: str) -> bool:
    """Return whether the dollars between `content` and the character `after` end no formula."""
    if _EMPHASIS_BEGINS.search(content[-_MAX_EMPHASIS:]) or _ends_in_code(content):
        return True
    if (len(content) > 1 and content[-1] == "(") or (
        _NAME.match(after) and ends_with_sign(content)
    ):
        return True
    return kind == "InlineMath" and after.isdigit() and not _SCRIPT.match(content)


def ends_with_sign(content: str) -> bool:
    """Return whether dollars behind `content` end no formula when a name follows."""
    has_open_bar = content[-1:] == "|" and content.count("|") % 2 == 1
    return has_open_bar or _SIGN.search(content) is not None


def _ends_in_code(content: str) -> bool:
    """Return whether there is an odd number of backticks, so that code begins or ends inside."""
    if "`" not in content:
        return False
    runs = Counter(_BACKTICKS.findall(_TEXT.sub("", content)))
    return any(count % 2 for count in runs.values())
