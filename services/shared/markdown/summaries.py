"""The summary of details: a line, whatever its words are written as."""

import re
from typing import Final

from pyromark.event import Event

_HEADING: Final = re.compile("^#{1,6} ")
_SUMMARY_END: Final = re.compile(r"</summary\s*>", re.IGNORECASE)


def summary_text(source: str) -> str:
    """Return the line that is in a summary, without what would make a heading of it."""
    return _HEADING.sub("", " ".join(source.split()))


def summary_of(block: list[Event]) -> list[Event]:
    """Make a summary of a heading or a paragraph; an end of the summary at its end is left out."""
    inside = block[1:-1]
    match inside:
        case [*_, {"InlineHtml": str(tag)}] if _SUMMARY_END.fullmatch(tag):
            inside = inside[:-1]
        case _:
            pass
    return [{"Start": "Summary"}, *inside, {"End": "Summary"}]  # type: ignore[list-item]  # a tag of ours
