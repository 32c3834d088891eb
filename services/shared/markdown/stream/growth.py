"""Grows a page block by block: each finished part is sent once, however deep it stands."""

import re
from typing import Final

from services.shared.highlighting.code import Code, Colours
from services.shared.markdown.code.open_code import code_block, line_html
from services.shared.markdown.html.block_html import Shell, block_html, shell
from services.shared.markdown.html.changes import Changes
from services.shared.markdown.html.context import RenderContext
from services.shared.markdown.parse.block_reader import read_blocks
from services.shared.markdown.parse.blocks import NOWHERE, Block, code_in
from services.shared.markdown.parse.data_images import DataImages
from services.shared.markdown.source_lines import each_line
from services.shared.markdown.stream.frames import Frame
from services.shared.markdown.stream.reopening import (
    is_finished,
    is_worth_opening,
    line_end,
    reopening,
)

# A line that begins with a letter cannot end a paragraph or turn it into something else.
_A_PARAGRAPH: Final = re.compile(r"(?:[A-Za-z][^\n]*+\n)++")
_MAX_REOPENING: Final = 1_000


class LostPlaceError(Exception):
    """A parse of the text that follows does not begin with the open containers."""


class Growth:
    """The state of the page, and the changes that lead to it.

    It depends on the complete lines of the text alone, never on where they were cut. Every block
    except the last is finished, and so on within the last one. A paragraph is finished when a
    blank line follows. Raises ValueError for a prefix that is no plain id.
    """

    def __init__(self, id_prefix: str, images: DataImages) -> None:
        self._context = RenderContext(id_prefix, images)
        self._source = b""
        self._cut = 0
        self._taken = 0
        self.lost = False
        self.changes = Changes(self.filled)
        self.colours: dict[Code, str | None] = {}
        self.page = Frame(
            Block("root", "Rule", NOWHERE, []), id_prefix, Shell("", "", f"{id_prefix}_done"), ""
        )

    def take(self, rest: str, *, ended: bool) -> str:
        """Take complete lines, and return those to pass again with the next ones."""
        again = None if ended else self._without_parser(rest)
        if again is not None:
            return again
        opening = self.page.all_reopening()
        self._source = (opening + rest).encode()
        self._cut = len(opening.encode())
        try:
            blocks = read_blocks(opening + rest, is_open=not ended)
            self._advance(self.page, blocks, is_open=not ended)
        except LostPlaceError:
            self.lost = True
            self._close(self.page)
            return self.take(rest, ended=ended)
        return self._source[self._cut :].decode()

    def _without_parser(self, rest: str) -> str | None:
        """Take lines that need no parser, and return those to pass again; None if they need it."""
        if self.page.takes_as_code(rest):
            self._add_code(self.page.innermost(), rest)
            return ""
        if self.page.child is None and _A_PARAGRAPH.fullmatch(rest):
            return rest
        return None

    def take_codes(self) -> tuple[Code, ...]:
        """Return the code that was finished since the last call and can be coloured."""
        return tuple(code for code in self._context.code_slots.take() if code not in self.colours)

    def colour(self, colours: Colours) -> None:
        """Take colours: elements on the page with the code change, and later code uses them."""
        self.colours |= colours
        coloured = [code for code, html in colours.items() if html is not None]
        for element_id, draft in self._context.code_slots.take_drafts(coloured).items():
            self.changes.replace(element_id, draft)

    def filled(self, draft: str) -> str:
        """Return the HTML of a draft, with the colours so far."""
        return self._context.code_slots.filled(draft, self.colours)

    def ahead(self) -> RenderContext:
        """Return a context, without ids, for what is not on the page yet."""
        return self._context.ahead()

    def take_finished(self) -> str:
        """Return the HTML that was finished since the last call, as far as all calls are joined."""
        finished = self.page.finished()
        taken, self._taken = self._taken, len(finished)
        return self.filled(finished[taken:])

    @property
    def open_code(self) -> int:
        """The length of the open code block so far, in characters."""
        return self.page.innermost().code.length

    def _advance(self, frame: Frame, block: Block, *, is_open: bool) -> None:
        """Bring a container on the page up to `block`, which may continue if it is open."""
        if block.kind == "code":
            self._advance_code(frame, block, is_open=is_open)
            return
        news = block.children[frame.repeated :]
        frame.settle()
        if frame.child is not None:
            if not news or news[0].kind != frame.child.block.kind:
                raise LostPlaceError
            self._advance_child(frame, frame.child, news[0], is_open=is_open and len(news) == 1)
            news = news[1:]
        last = news.pop() if is_open and news and not is_finished(self._source, news[-1]) else None
        for finished in news:
            self._append(frame, finished)
        if last is not None:
            self._open(frame, last)

    def _advance_child(self, frame: Frame, child: Frame, block: Block, *, is_open: bool) -> None:
        stays_open = is_open and not is_finished(self._source, block)
        self._advance(child, block, is_open=stays_open)
        if not stays_open:
            self._close(frame)
            self._pass(block.end)

    def _advance_code(self, frame: Frame, block: Block, *, is_open: bool) -> None:
        if is_open:
            self._add_code(frame, code_in(block.events))
            self._cut = len(self._source)
        else:
            frame.code.add(code_in(block.events))

    def _add_code(self, frame: Frame, lines: str) -> None:
        frame.code.add(lines)
        for line in each_line(lines):
            shown = self._context.images.restored(line)
            self._add(frame, line_html(shown, frame.next_id()))

    def _close(self, frame: Frame) -> None:
        """Close what is open in a container; code takes its canonical form."""
        child = frame.child
        if child is None:
            return
        self._close(child)
        html = child.whole()
        if child.block.kind == "code":
            code = code_block(child.block, str(child.code))
            html = block_html(code, self._context, child.id)
            self.changes.replace(child.id, html)
        frame.html.append(html)
        frame.child = None

    def _append(self, frame: Frame, block: Block) -> None:
        self._add(frame, block_html(block, self._context, frame.next_id()))
        self._pass(block.end)

    def _add(self, frame: Frame, html: str) -> None:
        frame.html.append(html)
        self.changes.append(frame.target, html)

    def _open(self, frame: Frame, block: Block) -> None:
        """Put an unfinished block onto the page if a part of it is finished."""
        line = reopening(self._source, block) if is_worth_opening(self._source, block) else None
        if line is None or len(self.page.all_reopening()) > _MAX_REOPENING:
            return
        block_id = frame.next_id()
        opened = shell(block, self._context, block_id)
        frame.child = Frame(Block(block.kind, block.first, NOWHERE, []), block_id, opened, line)
        self.changes.append(frame.target, frame.child.whole())
        for included in block.children[: opened.included]:
            self._pass(included.end)
        if block.kind == "table":
            self._pass(self._cut + 1)
        self._advance(frame.child, block, is_open=True)

    def _pass(self, end: int) -> None:
        """Move past the source of a block, up to the end of its last line."""
        self._cut = max(self._cut, line_end(self._source, end))
