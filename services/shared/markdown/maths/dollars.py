"""Dollar signs that delimit no formula: the parser reads them again, marked as text."""

import re
from typing import Final

from pyromark import Markdown
from pyromark.event import Event, Range

from services.shared.markdown.maths.delimiters import formula
from services.shared.markdown.maths.dollar_edges import closes_none, ends_with_sign, opens_none
from services.shared.markdown.safety.placeholders import DOLLAR, KINDS

# The end of one wrong formula may be the beginning of another. So of prices side by side, each
# reading finds every second one of those that are left.
_READINGS: Final = 12
_MARKED_RUN: Final = DOLLAR * 2
_INLINES: Final = frozenset(("Emphasis", "Strong", "Strikethrough", "Link", "Image"))
_KINDS: Final = "".join(sorted(KINDS))
_LONG_RUN: Final = re.compile(rf"(\\.)|(?<![${_KINDS}])\${{3,}}+(?![{_KINDS}])", re.DOTALL)
# A dollar before a script may still open a formula.
_NO_SCRIPT: Final = re.compile(rb"(\\.)|\$(?![_^\\])", re.DOTALL)


def without_long_runs(text: str) -> str:
    """Let three or more dollars side by side delimit nothing: they are price ratings."""
    if "$$$" not in text:
        return text
    return _LONG_RUN.sub(lambda found: found[1] or DOLLAR * len(found[0]), text)


def may_be_refused(events: list[Event]) -> bool:
    """Return whether some formula may not be one; this is faster than parsing with offsets."""
    for number, event in enumerate(events):
        if "InlineMath" not in event and "DisplayMath" not in event:
            continue
        kind, content = _formula_of(event)
        is_behind_word = number > 0 and _text(events[number - 1])[-1:].isalnum()
        is_before_digit = _text(*events[number + 1 : number + 2])[:1].isdigit()
        if is_behind_word or is_before_digit or ends_with_sign(content):
            return True
        if closes_none(kind, content, "") or opens_none(kind, content, "") or _is_empty(event):
            return True
    return False


def read_formulas(
    parser: Markdown, text: str, readings: int = _READINGS
) -> list[tuple[Event, Range]]:
    """Parse text again until every formula is one; ranges are UTF-8 byte offsets.

    What the last reading still takes for a formula, and is none, becomes text.
    """
    found = list(parser.events_with_range(text, merge_text=True))
    source = bytearray(text.encode())
    refused, edge = False, 0
    for number, (event, span) in enumerate(found):
        if "InlineMath" in event or "DisplayMath" in event:
            if _refuse(source, event, span, edge):
                refused = True
                found[number] = _as_text(event), span
            edge = span["end"]
        elif "Start" in event or "End" in event:
            edge = _edge(event, span, edge)
    if refused and readings > 1:
        return read_formulas(parser, source.decode(), readings - 1)
    return found


def _edge(event: Event, span: Range, edge: int) -> int:
    """Return where a formula may begin that ends behind an event."""
    match event:
        case {"Start": str(tag)} | {"End": str(tag)} if tag in _INLINES:
            return edge
        case {"Start": {"Link": _} | {"Image": _}}:
            return edge
        case {"Start": _}:
            return span["start"]
        case _:
            return span["end"]


def _refuse(source: bytearray, event: Event, span: Range, edge: int) -> bool:
    """Mark the dollars in `source` that delimit nothing; return whether there are any.

    No formula has ended since `edge`.
    """
    kind, content = _formula_of(event)
    start, end = span["start"], span["end"]
    before = source[max(0, start - 1) : start].decode("ascii", "ignore")
    after = source[end : end + 1].decode("ascii", "ignore")
    ends_nothing = closes_none(kind, content, after)
    if not ends_nothing and not opens_none(kind, content, before, after) and not _is_empty(event):
        return False
    if ends_nothing and kind == "InlineMath":
        # The parser takes the last dollar that can open a formula here, then the one before it.
        source[edge:start] = _without_dollars(bytes(source[edge:start]))
    width = _width(event)
    source[start : start + width] = DOLLAR.encode() * width
    return True


def _without_dollars(content: bytes) -> bytes:
    return _NO_SCRIPT.sub(lambda found: found[1] or DOLLAR.encode(), content)


def _is_empty(event: Event) -> bool:
    """Return whether a formula has no TeX, or its delimiters do not match."""
    kind, content = _formula_of(event)
    found = formula(kind, content)
    return found is None or not found.tex.strip() or _MARKED_RUN in content


def _formula_of(event: Event) -> tuple[str, str]:
    match event:
        case {"InlineMath": str(content)}:
            return "InlineMath", content
        case {"DisplayMath": str(content)}:
            return "DisplayMath", content
        case _:
            raise ValueError(f"not a formula: {event}")


def _width(event: Event) -> int:
    return 2 if "DisplayMath" in event else 1


def _as_text(event: Event) -> Event:
    dollars = "$" * _width(event)
    return {"Text": f"{dollars}{_formula_of(event)[1]}{dollars}"}


def _text(event: Event = "Rule") -> str:
    match event:
        case {"Text": str(text)}:
            return text
        case _:
            return ""
