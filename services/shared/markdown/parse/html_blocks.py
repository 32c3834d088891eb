"""HTML blocks with tags that take effect: `details`, `summary`, and inline tags that begin a line.

To the parser such a block is raw HTML up to the next blank line. Its content besides the tags is
markdown here, with or without blank lines around it.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from pyromark.event import Event

from services.shared.markdown.parse.details import split_text, summary_of, summary_text
from services.shared.markdown.parse.source import events

HTML_START: Final[Event] = {"Start": "HtmlBlock"}
# Only tags may follow details on their line; otherwise the line is prose about the tag.
_OPENS: Final = r"details(?=\s*>[ \t]*(?:\n|\Z|<[a-z!]))"
_TAG: Final = re.compile(rf"\s*<({_OPENS}|/details|/?summary)\s*>", re.IGNORECASE)
_DETAILS: Final = re.compile(rf"<(?:(/)details|{_OPENS})\s*>", re.IGNORECASE)
_SPACE: Final = re.compile(r"\s*+")
_SUMMARY_END: Final = re.compile(r"</summary\s*>", re.IGNORECASE)
_IN_A_LINE: Final = re.compile(
    r" *(?:<(?:br\s*/?|/?(?:kbd|sub|sup)\s*)>"
    r"|(?:</?(?:details|summary)\b[^<>\n]*>[ \t]*)+(?:[^\s<]|<[^a-z!/]))",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(r"\s*<!--.*?(?:-->|\Z)", re.DOTALL)
# How often the rest of a block is parsed again after a tag that ended a paragraph in it.
_MOST_PARSES: Final = 16


class Step(NamedTuple):
    """A step in building the tree: open details, close the last ones, or add a block.

    A `summary` step makes the text that follows the summary of the step before.
    """

    action: Literal["open", "close", "add", "summary"]
    events: list[Event]
    """The events of the block, or of the summary that the details begin with."""


def read_html(source: str, *, inside: int, room: int) -> list[Step] | None:
    """Read an HTML block that is `inside` so many details, with `room` for so many more.

    Returns None for a block that is shown as it was written. A block that shows nothing is still a
    block: it ends the one before it.
    """
    reader = _HtmlReader(inside, room)
    known = reader.read(source, _MOST_PARSES)
    return (reader.steps or [Step("add", [])]) if known else None


def add_summary(steps: list[Step], summary: list[Event]) -> None:
    """Add a summary to the steps, or to the details that the last step opened."""
    if steps and steps[-1] == ("open", []):
        steps[-1] = Step("open", summary)
    else:
        steps.append(Step("add", summary))


class _HtmlReader:
    """Reads the tags that a block begins with, and then the markdown behind them."""

    def __init__(self, inside: int, room: int) -> None:
        self.steps: list[Step] = []
        self._inside = inside
        self._room = room
        self._has_summary_end = True

    def read(self, source: str, parses: int) -> bool:
        """Read a block; return False if nothing in it takes effect."""
        if not parses:
            return self._give_up(source)
        if position := self._read_tags(source):
            if source[position:].strip():
                self._read_markdown(source[position:], parses)
        elif _IN_A_LINE.match(source):
            # Behind a letter the parser sees no HTML block.
            self._read_markdown(f"a{source.lstrip(' ')}", parses, skipped=True)
        elif found := self._find_details(source):
            self._add_html(source[: found.start()])
            return self.read(source[found.start() :], parses)
        else:
            return False
        return True

    def _find_details(self, source: str) -> re.Match[str] | None:
        """Find a tag in HTML within details that ends them or opens others."""
        if not self._inside:
            return None
        comment = _COMMENT.match(source)
        tags = _DETAILS.finditer(source, comment.end() if comment else 0)
        return next((tag for tag in tags if tag[1] or self._room > 0), None)

    def _give_up(self, source: str) -> bool:
        """Show a block as it was written, but close the details that end in it."""
        self._add_html(source)
        kinds = [tag[1] for tag in _DETAILS.finditer(source)]
        for _ in range(min(self._inside, 2 * kinds.count("/") - len(kinds))):
            self._step("close", -1)
        return True

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
        elif name != "/summary" or not self._inside:
            return None
        return position

    def _step(self, action: Literal["open", "close"], deeper: int) -> None:
        self.steps.append(Step(action, []))
        self._inside += deeper
        self._room -= deeper

    def _read_summary(self, source: str, position: int) -> int:
        """Read up to the end of the summary, or of the line if it has no end tag."""
        found = _SUMMARY_END.search(source, position) if self._has_summary_end else None
        self._has_summary_end = found is not None
        start = _SPACE.match(source, position).end()  # type: ignore[union-attr]  # it also matches nothing
        line_end = source.find("\n", start) + 1 or len(source)
        text = summary_text(source[position : found.start() if found else line_end])
        if text:
            [heading] = _blocks(f"# {text}")
            add_summary(self.steps, summary_of(heading))
        elif start == len(source):
            self.steps.append(Step("summary", []))
        return found.end() if found else line_end

    def _read_markdown(self, text: str, parses: int, *, skipped: bool = False) -> None:
        for block in _blocks(text):
            if skipped:
                _skip_letter(block)
                skipped = False
            if block[0] != HTML_START or not self.read(html_of(block), parses - 1):
                self._add(block)

    def _add(self, block: list[Event]) -> None:
        first, *others = split_text(block, self._inside)
        self._add_block(first)
        for piece in others:
            self._step("close", -1)
            self._add_block(piece)

    def _add_block(self, block: list[Event]) -> None:
        if block:
            self.steps.append(Step("add", block))

    def _add_html(self, text: str) -> None:
        if text.strip():
            self._add_block([HTML_START, {"Html": f"{text.rstrip()}\n"}, {"End": "HtmlBlock"}])


def _skip_letter(block: list[Event]) -> None:
    """Remove the letter that was put before the text of a block."""
    for index, event in enumerate(block):
        match event:
            case {"Text": str(text)}:
                block[index : index + 1] = [{"Text": text[1:]}] if text[1:] else []
                return
            case _:
                continue


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
