"""Writes MathML elements to HTML by an allow-list."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import Element

from services.shared.markdown.safety.trusted_html import text_html

# Browsers stop nesting at 512 elements, including those around the formula.
_MAX_DEPTH: Final = 150
_TEXTS: Final = {"mi", "mn", "mo", "mtext"}
_ELEMENTS: Final = _TEXTS | {
    *("menclose", "mfrac", "mover", "mpadded", "mphantom", "mroot", "mrow", "mspace", "msqrt"),
    *("mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtr", "munder", "munderover"),
}
_SWITCH: Final = "true|false"
# Bounded, so that no formula can push the rest of a page out of sight.
_LENGTH: Final = r"[+-]?(?:1?\d?(?:\.\d{1,4})?(?:em|ex)|\d{0,2}(?:\.\d{1,4})?(?:pt|px)|0)"
_ALIGNMENT: Final = "left|center|right"
_LINE: Final = "none|solid|dashed"
_STRIKE: Final = "box|(?:up|down)diagonalstrike|horizontalstrike"
_VALUES: Final = {
    name: re.compile(pattern)
    for names, pattern in (
        (("accent", "accentunder", "displaystyle", "fence", "largeop"), _SWITCH),
        (("movablelimits", "separator", "stretchy", "symmetric"), _SWITCH),
        (("depth", "height", "linethickness", "lspace", "maxsize", "minsize"), _LENGTH),
        (("rspace", "voffset", "width"), _LENGTH),
        (("columnalign",), _ALIGNMENT),
        (("columnlines", "rowlines"), f"(?:{_LINE})(?: (?:{_LINE})){{0,99}}"),
        (("columnspacing", "rowspacing"), f"{_LENGTH}(?: {_LENGTH}){{0,99}}"),
        (("form",), "prefix|infix|postfix"),
        (("mathvariant",), "normal|[a-z]{4,7}(?:-[a-z]{4,7}){0,3}"),
        (("notation",), f"(?:{_STRIKE})(?: (?:{_STRIKE}))?"),
        (("scriptlevel",), "[0-3]"),
    )
    for name in names
}
# Named spaces, which browsers no longer support.
_SPACES: Final = {
    "thinmathspace": "0.1667em",
    "mediummathspace": "0.2222em",
    "thickmathspace": "0.2778em",
}
_CHARACTER: Final = re.compile("&#x0*([0-9A-Fa-f]{1,6});")
_ARROW: Final = re.compile("&#x0*(?:2[19]|27[Ff])[0-9A-Fa-f]{1,2};")
# A command that the converter did not understand, or an alignment outside of any table.
_LEFTOVER: Final = re.compile(r"\\[A-Za-z]|&")
_LAST_CHARACTER: Final = 0x10FFFF
# Formulas consist mostly of the same few letters, digits and operators.
_KEPT_SYMBOLS: Final = 512


class UnknownMathError(ValueError):
    """A formula contains something that a page must not have."""


def write_mathml(tree: Element, depth: int = 0) -> Iterator[str]:
    """Write an element and its content, without attributes that are not allowed.

    Raises UnknownMathError for an element that is not allowed, a command that the converter did
    not understand, and too deep nesting.
    """
    name = _name(tree)
    if name not in _ELEMENTS or depth > _MAX_DEPTH:
        raise UnknownMathError(f"not allowed in a formula: {name}")
    yield f"<{name}{''.join(_attributes(tree))}>"
    if tree.text:
        yield _text(tree.tag, tree.text)
    for child in tree:
        yield from write_mathml(child, depth + 1)
    yield f"</{name}>"


def _name(tree: Element) -> str:
    """Correct the converter: a symbol with elements inside is a row, and an arrow an operator."""
    if tree.tag in _TEXTS and len(tree):
        return "mrow"
    if tree.tag == "mi" and _ARROW.fullmatch(tree.text or ""):
        return "mo"
    return tree.tag


def _attributes(tree: Element) -> Iterator[str]:
    for name, value in sorted(tree.attrib.items()):
        pattern = _VALUES.get(name)
        sized = _named_space(value)
        if pattern is not None and pattern.fullmatch(sized):
            yield f' {name}="{sized}"'


def _named_space(value: str) -> str:
    name = value.removeprefix("negative")
    size = _SPACES.get(name)
    return value if size is None else f"{'-' * (name != value)}{size}"


@lru_cache(_KEPT_SYMBOLS)
def _text(tag: str, source: str) -> str:
    if tag not in _TEXTS:
        raise UnknownMathError(f"text outside of a symbol: {source}")
    text = _CHARACTER.sub(_character, source)
    if tag != "mtext" and _LEFTOVER.search(text):
        raise UnknownMathError(f"an unknown command: {text}")
    return text_html(text)


def _character(reference: re.Match[str]) -> str:
    """Decode the character references in which the converter writes symbols."""
    number = int(reference[1], 16)
    return chr(number) if number <= _LAST_CHARACTER else "\N{REPLACEMENT CHARACTER}"
