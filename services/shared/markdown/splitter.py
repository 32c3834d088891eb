"""Markdown that is still arriving: what is finished is sent once, what is open again and again."""

import re
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from services.shared.markdown.anchors import Anchors
from services.shared.markdown.canonical import render, write_blocks
from services.shared.markdown.sanitizer import sanitize
from services.shared.markdown.source import Reader, slice_ended, slice_open

# A line of nothing but these may yet become a list, a fence or a heading's underline.
_UNDECIDED: Final = re.compile(r"[\s>\-=`~*_#|+:]*")
# An open block longer than this (characters) is looked at again only after it grew by a share,
# so that a text without an end to its first block still costs time in proportion to its length.
_LONG_TAIL: Final = 4096
_GROWTH: Final = 32


@dataclass(frozen=True, slots=True)
class Block:
    """A finished top-level block: its number in the text and its HTML, one root element."""

    number: int
    html: Markup


@dataclass(frozen=True, slots=True)
class Update:
    """What to show now: `blocks` go to the end, `tail` takes the place of the one before."""

    blocks: tuple[Block, ...]
    tail: Markup
    changed: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """The last blocks, the canonical HTML of the whole, and whether the stream differs from it."""

    blocks: tuple[Block, ...]
    html: Markup
    needs_replace: bool


class Splitter:
    """Turns text into finished blocks and an open tail as it arrives.

    The blocks of all updates and the ending depend on the text alone. Raises ValueError for an
    `id_prefix` that is no plain id.
    """

    def __init__(self, id_prefix: str | None = None) -> None:
        self._id_prefix = id_prefix
        self._reader = Reader()
        self._anchors = Anchors(id_prefix)
        self._sent: list[Markup] = []
        self._source: list[str] = []
        self._tail = ""
        self._unseen: list[str] = []
        self._unseen_length = 0
        self._shown = Markup()

    def feed(self, piece: str) -> Update:
        """Take the next piece of the text and say what changed; costs time like the tail.

        Of an open block above 4096 characters, up to a 32nd may wait for the next call.
        """
        self._take(self._reader.read(piece))
        if not self._due():
            return Update((), self._shown, changed=False)
        tail, grown_by_line = self._take_unseen()
        blocks = self._commit_open(tail) if grown_by_line else ()
        shown, self._shown = self._shown, self._render_tail()
        return Update(blocks, self._shown, changed=bool(blocks) or shown != self._shown)

    def finish(self) -> Ending:
        """End the text: what was open is finished, and the whole is compared with `render`."""
        self._take(self._reader.read("", final=True))
        tail, _ = self._take_unseen()
        blocks = self._commit(slice_ended(tail))
        self._tail, self._shown = "", Markup()
        whole = render("".join(self._source), id_prefix=self._id_prefix)
        return Ending(blocks, whole, needs_replace=whole != Markup().join(self._sent))

    def _take(self, text: str) -> None:
        self._source.append(text)
        self._unseen.append(text)
        self._unseen_length += len(text)

    def _due(self) -> bool:
        length = len(self._tail)
        return length < _LONG_TAIL or self._unseen_length * _GROWTH >= length

    def _take_unseen(self) -> tuple[str, bool]:
        """Join what came to the tail; return the tail, and whether a line was completed."""
        unseen = "".join(self._unseen)
        self._tail += unseen
        self._unseen.clear()
        self._unseen_length = 0
        return self._tail, "\n" in unseen

    def _commit_open(self, tail: str) -> tuple[Block, ...]:
        slices = slice_open(tail)
        self._tail = slices.rest
        return self._commit(slices.finished)

    def _commit(self, slices: list[str]) -> tuple[Block, ...]:
        """Render each slice by itself: its HTML must not depend on what came along with it."""
        blocks = []
        for source in slices:
            number = self._anchors.number
            for offset, html in enumerate(write_blocks(source, self._anchors)):
                blocks.append(Block(number + offset, sanitize(html)))
        self._sent += [block.html for block in blocks]
        return tuple(blocks)

    def _render_tail(self) -> Markup:
        line_start = self._tail.rfind("\n") + 1
        undecided = _UNDECIDED.fullmatch(self._tail, line_start)
        visible = self._tail[:line_start] if undecided else self._tail
        return sanitize("".join(write_blocks(visible, Anchors(None))))
