r"""Reserved characters that we put into source to control what the parser sees.

`Reader` replaces them in text from outside. No page has them: `as_written`, `unescaped` and
`unescaped_html` put back what they stand for.
"""

import re
from string import ascii_letters, punctuation
from typing import Final

INLINE: Final = "\ufdd1"
DISPLAY: Final = "\ufdd2"
ENVIRONMENT: Final = "\ufdd9"
KINDS: Final = frozenset((INLINE, DISPLAY, ENVIRONMENT))
"""Beside `$$`, inside the formula, these say which delimiter the dollars stand for."""
WORD: Final = "\ufdd8\ufdd7"
WORD_AND_SIGN: Final = "\ufdd8."
SIGN_AND_WORD: Final = ".\ufddb"
"""Invisible; to the parser a word, a word before a punctuation mark, and one behind it."""
SPACE_AND_WORD: Final = " \ufdd8,"
"""The same with a space before it, which the parser may strip."""
DOLLAR: Final = "\x7f"
"""A dollar sign that delimits nothing.

It takes one byte like a dollar, so offsets stay the same, and an address may have this control.
"""
_SIGN: Final = "\ufdda"

_PLAIN: Final = {
    ord(sign): _SIGN + letter for sign, letter in zip(punctuation, ascii_letters, strict=False)
}
_SIGNS: Final = dict(zip(ascii_letters, punctuation, strict=False))
_KIND: Final = f"[{''.join(sorted(KINDS))}]"
_DOLLARS: Final = f"[${DOLLAR}]{{2}}"
_BRACKETS: Final = f"(?P<opening>{_DOLLARS}{_KIND})|(?P<closing>{_KIND}{_DOLLARS})"
_NOTHING: Final = "|".join((*map(re.escape, (WORD, WORD_AND_SIGN, SIGN_AND_WORD)), " ?\ufdd8,"))
_MARK: Final = re.compile(f"{_BRACKETS}|{_SIGN}(?P<sign>[a-zA-F])|{DOLLAR}|{_NOTHING}")
_OPENING: Final = {INLINE: r"\(", DISPLAY: r"\[", ENVIRONMENT: ""}
_CLOSING: Final = {INLINE: r"\)", DISPLAY: r"\]", ENVIRONMENT: ""}
_SUSPECT: Final = re.compile("[\x7f\ufdd1\ufdd2\ufdd8-\ufddb]")


def without_syntax(text: str) -> str:
    """Replace all ASCII punctuation, so that the parser sees only words."""
    return text.translate(_PLAIN)


def as_written(text: str) -> str:
    """Restore the source as it was written, for code and HTML."""
    return _MARK.sub(_written, text) if _has_marks(text) else text


def unescaped(text: str) -> str:
    """Restore what the source means, for prose and links: an unmatched delimiter is a bracket."""
    return _MARK.sub(_meant, text) if _has_marks(text) else text


def unescaped_html(html: str) -> str:
    """Do the same in HTML, except for punctuation, which would be markup."""
    return _MARK.sub(_shown, html) if _has_marks(html) else html


def _has_marks(text: str) -> bool:
    return DOLLAR in text or (not text.isascii() and _SUSPECT.search(text) is not None)


def _written(mark: re.Match[str]) -> str:
    if mark["sign"]:
        return _SIGNS[mark["sign"]]
    if mark["opening"]:
        return _OPENING[mark[0][-1]]
    if mark["closing"]:
        return _CLOSING[mark[0][0]]
    return "$" if mark[0] == DOLLAR else ""


def _meant(mark: re.Match[str]) -> str:
    written = _written(mark)
    return written[1:] if mark["opening"] or mark["closing"] else written


def _shown(mark: re.Match[str]) -> str:
    return mark[0] if mark["sign"] else _meant(mark)
