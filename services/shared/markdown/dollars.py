"""Dollar signs that delimit no formula: what the parser took for one is read again as markdown."""

import re
from typing import Final

from pyromark import Markdown
from pyromark.event import Event, Range

from services.shared.markdown.delimiters import formula
from services.shared.markdown.marks import DOLLAR

# Of prices side by side, each reading finds every other one of those that are left.
_READINGS: Final = 8
# In `**$HOME** and **$PATH**` the dollars belong to the emphasis, and not to each other; nor do
# those of `[$HOME](a) and [$PATH](b)`.
_EMPHASIS: Final = r"(?:\*{1,3}|_{1,2}|~~)"
_EMPHASIS_ENDS: Final = re.compile(rf"{_EMPHASIS}[\s)\]/]")
_EMPHASIS_BEGINS: Final = re.compile(rf"[\s(\[/]{_EMPHASIS}\Z")
_MAX_EMPHASIS: Final = 4


def may_be_refused(events: list[Event]) -> bool:
    """Say whether a formula may be none; that takes less time than to know where they stand."""
    for number, event in enumerate(events):
        if "DisplayMath" in event and _prose_between(event):
            return True
        if "InlineMath" in event:
            is_behind_word = number > 0 and _text(events[number - 1])[-1:].isalnum()
            is_before_digit = _text(*events[number + 1 : number + 2])[:1].isdigit()
            if is_behind_word or is_before_digit or _prose_between(event):
                return True
    return False


def read_formulas(
    parser: Markdown, text: str, readings: int = _READINGS
) -> list[tuple[Event, Range]]:
    """Parse text again and again until every formula is one; ranges are UTF-8 byte offsets.

    What still seems a formula after the last reading, and is none, is text.
    """
    found = list(parser.events_with_range(text, merge_text=True))
    source = bytearray(text.encode())
    refused = [
        (number, dollars)
        for number, (event, span) in enumerate(found)
        if ("InlineMath" in event or "DisplayMath" in event)
        and (dollars := _prose_between(event) or _money_around(source, event, span))
    ]
    for number, dollars in refused:
        event, span = found[number]
        source[span["start"] : span["start"] + len(dollars)] = DOLLAR.encode() * len(dollars)
        found[number] = _as_text(event, dollars), span
    if refused and readings > 1:
        return read_formulas(parser, source.decode(), readings - 1)
    return found


def _prose_between(event: Event) -> str:
    """Return the dollars of a formula that is none by what stands between them; else nothing."""
    match event:
        case {"InlineMath": str(content)}:
            return "$" if _is_prose("InlineMath", content) else ""
        case {"DisplayMath": str(content)}:
            return "$$" if _is_prose("DisplayMath", content) else ""
        case _:
            return ""


def _is_prose(kind: str, content: str) -> bool:
    if _EMPHASIS_ENDS.match(content) or _EMPHASIS_BEGINS.search(content[-_MAX_EMPHASIS:]):
        return True
    linked, middle, _ = content.partition("](")
    if middle and linked.count("[") <= linked.count("]"):
        return True
    found = formula(kind, content)
    return found is None or not found.tex.strip()


def _money_around(source: bytearray, event: Event, span: Range) -> str:
    """Return the dollar of a formula that begins behind a word or ends before a digit."""
    if isinstance(event, str) or "InlineMath" not in event:
        return ""
    before = source[max(0, span["start"] - 1) : span["start"]]
    return "$" if before.isalnum() or source[span["end"] : span["end"] + 1].isdigit() else ""


def _text(event: Event = "Rule") -> str:
    match event:
        case {"Text": str(text)}:
            return text
        case _:
            return ""


def _as_text(event: Event, dollars: str) -> Event:
    match event:
        case {"InlineMath": str(content)} | {"DisplayMath": str(content)}:
            return {"Text": f"{dollars}{content}{dollars}"}
        case _:
            return event
