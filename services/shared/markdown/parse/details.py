"""Tags of details and summaries within blocks that the parser takes for text or indented code."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from pyromark.event import Event

_END: Final = re.compile(r"</details\s*>", re.IGNORECASE)
_END_LINE: Final = re.compile(r"^[ \t]*</details[ \t]*>[ \t]*$\n?", re.IGNORECASE | re.MULTILINE)
_START: Final = re.compile("<details", re.IGNORECASE)
INDENTED: Final[Event] = {"Start": {"CodeBlock": "Indented"}}
_OF_TEXT: Final = ("Paragraph", "Heading")
_HEADING: Final = re.compile("^#{1,6} ")
_SUMMARY_END: Final = re.compile(r"</summary\s*>", re.IGNORECASE)


class CodeSplit(NamedTuple):
    """Indented code before and after a line that ends details."""

    before: str
    lines: int
    """How many lines there are up to and including that line."""
    after: str


def split_code(text: str) -> CodeSplit | None:
    """Split indented code at the first line that ends details.

    A line that ends details which the code itself opens does not count.
    """
    found = _END_LINE.search(text)
    if found is None or _START.search(text, 0, found.start()):
        return None
    before = text[: found.start()]
    return CodeSplit(before, before.count("\n") + 1, text[found.end() :])


def indented_code(text: str) -> list[Event]:
    """Return the events of indented code; there are none if it is empty."""
    code = text.strip("\n")
    return [INDENTED, {"Text": f"{code}\n"}, {"End": "CodeBlock"}] if code else []


def split_text(block: list[Event], most: int) -> list[list[Event]]:
    """Split a paragraph or a heading at its first `most` ends of details, which are left out.

    Elements that are open there are closed before the end and opened again behind it. A piece that
    shows nothing has no events.
    """
    if not most or name_of(block[0]) not in _OF_TEXT or not any(map(_is_end, block)):
        return [block]
    pieces: list[list[Event]] = [[]]
    open_tags: list[Event] = []
    for event in block:
        if len(pieces) <= most and _is_end(event) and not _has_image(open_tags):
            pieces[-1] += [{"End": name_of(start)} for start in reversed(open_tags)]  # type: ignore[misc]  # the tag of a start
            pieces.append(list(open_tags))
            continue
        pieces[-1].append(event)
        if "Start" in event:
            open_tags.append(event)
        elif "End" in event:
            open_tags.pop()
    return [_trimmed(piece) for piece in pieces]


def summary_text(source: str) -> str:
    """Return the content of a summary as one line, without a heading's marks."""
    return _HEADING.sub("", " ".join(source.split()))


def summary_of(block: list[Event]) -> list[Event]:
    """Turn a heading or a paragraph into a summary, without a closing tag at its end."""
    inside = block[1:-1]
    match inside:
        case [*_, {"InlineHtml": str(tag)}] if _SUMMARY_END.fullmatch(tag):
            inside = inside[:-1]
        case _:
            pass
    return [{"Start": "Summary"}, *inside, {"End": "Summary"}]  # type: ignore[list-item]  # a tag of ours


def name_of(start: Event) -> str:
    """Return the name of the tag that an event starts, or an empty string."""
    if isinstance(start, str) or "Start" not in start:
        return ""
    tag = start["Start"]
    return tag if isinstance(tag, str) else next(iter(tag))


def _is_end(event: Event) -> bool:
    match event:
        case {"InlineHtml": str(tag)}:
            return _END.fullmatch(tag) is not None
        case _:
            return False


def _has_image(starts: Iterable[Event]) -> bool:
    return any(name_of(start) == "Image" for start in starts)


def _trimmed(piece: list[Event]) -> list[Event]:
    """Remove spaces and breaks from both ends; return no events if nothing else is left."""
    for ends, strip in ((range(len(piece)), str.lstrip), (range(len(piece))[::-1], str.rstrip)):
        for index in ends:
            match piece[index]:
                case {"Text": str(text)} if strip(text):
                    piece[index] = {"Text": strip(text)}
                    break
                case "SoftBreak" | "HardBreak" | {"Text": _}:
                    piece[index] = {"Text": ""}
                case {"Start": {"Image": _}}:
                    break
                case {"Start": _} | {"End": _}:
                    continue
                case _:
                    break
        else:
            return []
    return [event for event in piece if event != {"Text": ""}]
