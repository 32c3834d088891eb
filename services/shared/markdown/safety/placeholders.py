r"""Characters that only we put into source, so that the parser sees what we want it to see.

`Reader` replaces them in what comes from outside. No reader of a page sees them: `as_written`,
`unescaped` and `unescaped_html` put back what they stand for.
"""

import re
from string import ascii_letters, punctuation
from typing import Final

INLINE: Final = "\ufdd1"
DISPLAY: Final = "\ufdd2"
ENVIRONMENT: Final = "\ufdd9"
KINDS: Final = frozenset((INLINE, DISPLAY, ENVIRONMENT))
"""Beside `$$`, inside the formula, they tell which delimiter the dollars stand for."""
WORD: Final = "\ufdd8\ufdd7"
WORD_AND_SIGN: Final = "\ufdd8."
SIGN_AND_WORD: Final = ".\ufddb"
"""Nothing to a reader; to the parser a word, one before a punctuation mark, and one behind it."""
SPACE_AND_WORD: Final = " \ufdd8,"
"""The same, with a space before it, which the parser may take away."""
DOLLAR: Final = "\x7f"
"""A dollar sign that delimits nothing.

It takes one byte as well, so that offsets stay, and is the one control that an address may have.
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
    """Replace every sign of ASCII, so that the parser sees nothing but words."""
    return text.translate(_PLAIN)


def as_written(text: str) -> str:
    """Put back what was written, as in code and in HTML."""
    return _MARK.sub(_written, text) if _has_marks(text) else text


def unescaped(text: str) -> str:
    """Put back what was meant, as in prose and in links: a lone delimiter is a bracket."""
    return _MARK.sub(_meant, text) if _has_marks(text) else text


def unescaped_html(html: str) -> str:
    """Do the same in HTML, but for signs, which would be markup."""
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
