"""HTML blocks that mean what they say: `details` with a `summary`, and those that begin a line.

A parser takes such a block for raw HTML up to the next blank line. What is in it besides the tags
is markdown, too, whether or not there are blank lines around it.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from pyromark.event import Event

from services.shared.markdown.source import events

HTML_START: Final[Event] = {"Start": "HtmlBlock"}
_TAG: Final = re.compile(r"\s*<(details|/details|summary)\s*>", re.IGNORECASE)
_SUMMARY_END: Final = re.compile(r"</summary\s*>", re.IGNORECASE)
_DETAILS_END: Final = re.compile(r"</details\s*>", re.IGNORECASE)
_IN_A_LINE: Final = re.compile(r" *<(?:br\s*/?|/?(?:kbd|sub|sup)\s*)>", re.IGNORECASE)
# How often the rest of a block is parsed again, for a tag that has ended a paragraph in it.
_MOST_PARSES: Final = 16


class Step(NamedTuple):
    """What to do with the tree of blocks: open `details`, close the last, or add a block."""

    action: Literal["open", "close", "add"]
    events: list[Event]
    """Those of the block, or of the summary with which the details begin."""


def read_html(source: str, *, inside: int, room: int) -> list[Step]:
    """Read an HTML block within so many details; there is room for so many more.

    None are returned for a block that is to be shown as it was written.
    """
    reader = _HtmlReader(inside, room)
    return reader.steps if reader.read(source, _MOST_PARSES) else []


def ends_details(paragraph: list[Event]) -> bool:
    """Say whether the end of details is the last in a paragraph."""
    match paragraph:
        case [{"Start": "Paragraph"}, _, *_, {"InlineHtml": str(tag)}, _]:
            return _DETAILS_END.fullmatch(tag) is not None
        case _:
            return False


class _HtmlReader:
    """Reads the tags at the beginning of a block, and then the markdown behind them."""

    def __init__(self, inside: int, room: int) -> None:
        self.steps: list[Step] = []
        self._inside = inside
        self._room = room
        self._has_summary_end = True

    def read(self, source: str, parses: int) -> bool:
        """Read a block; False where it begins with nothing that is known."""
        if not parses:
            return False
        if _IN_A_LINE.match(source):
            # Behind a letter it is no block of its own.
            self._read_markdown(f"a{source.lstrip(' ')}", parses, skipped=1)
            return True
        position = self._read_tags(source)
        if position and source[position:].strip():
            self._read_markdown(source[position:], parses)
        return position > 0

    def _read_tags(self, source: str) -> int:
        position = 0
        while tag := _TAG.match(source, position):
            end = self._read_tag(tag[1].lower(), source, tag.end())
            if end is None:
                break
            position = end
        return position

    def _read_tag(self, name: str, source: str, position: int) -> int | None:
        if name == "details" and self._room > 0:
            self._step("open", 1)
        elif name == "/details" and self._inside:
            self._step("close", -1)
        elif name == "summary" and self._inside:
            return self._read_summary(source, position)
        else:
            return None
        return position

    def _step(self, action: Literal["open", "close"], deeper: int) -> None:
        self.steps.append(Step(action, []))
        self._inside += deeper
        self._room -= deeper

    def _read_summary(self, source: str, position: int) -> int | None:
        """Read up to the end of the summary, or of the line if there is none."""
        found = _SUMMARY_END.search(source, position) if self._has_summary_end else None
        self._has_summary_end = found is not None
        line_end = source.find("\n", position) + 1 or len(source)
        text = source[position : found.start() if found else line_end]
        if not text.strip():
            return None
        self._add_summary(_summary(text))
        return found.end() if found else line_end

    def _add_summary(self, summary: list[Event]) -> None:
        if self.steps and self.steps[-1] == ("open", []):
            self.steps[-1] = Step("open", summary)
        else:
            self.steps.append(Step("add", summary))

    def _read_markdown(self, text: str, parses: int, *, skipped: int = 0) -> None:
        for block in _blocks(text):
            if skipped:
                del block[1]
                skipped = 0
            if block[0] != HTML_START or not self.read(html_of(block), parses - 1):
                self._add(block)

    def _add(self, block: list[Event]) -> None:
        ends = self._inside > 0 and ends_details(block)
        if ends:
            del block[-2]
        self.steps.append(Step("add", block))
        if ends:
            self._step("close", -1)


def _summary(text: str) -> list[Event]:
    """Read a text that is a line, whatever it begins with: so a heading's is."""
    [heading] = _blocks(f"# {' '.join(text.split())}")
    return [{"Start": "Summary"}, *heading[1:-1], {"End": "Summary"}]  # type: ignore[list-item]  # a tag of ours


def _blocks(text: str) -> Iterator[list[Event]]:
    block: list[Event] = []
    depth = 0
    for event, _ in events(text, placed=False):
        block.append(event)
        depth += ("Start" in event) - ("End" in event)
        if not depth:
            yield block
            block = []


def html_of(block: list[Event]) -> str:
    """Return the source of an HTML block."""
    return "".join(event["Html"] for event in block if "Html" in event)  # type: ignore[index]  # a str event is none of a block's
