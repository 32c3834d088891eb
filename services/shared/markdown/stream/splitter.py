"""Markdown that is still arriving: finished parts are sent once, the open end again and again."""

import re
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from services.shared.highlighting.code import Code, Colours
from services.shared.markdown.html.changes import Change
from services.shared.markdown.html.rendering import HEAVY_LENGTH, Rendering, render
from services.shared.markdown.maths.formulas import has_many_formulas
from services.shared.markdown.parse.source import Reader
from services.shared.markdown.source_lines import each_line
from services.shared.markdown.stream.growth import Growth
from services.shared.markdown.stream.open_end import append_words, is_words, open_end_html
from services.shared.text_buffer import TextBuffer

# A line of only these may still become a list, a fence or the underline of a heading.
_UNDECIDED: Final = re.compile(r"[\s>\-=`~*_#|+:]*")
# Every definition of a link or a footnote has this.
_DEFINITION: Final = "]:"
# Up to so many characters, the rest is parsed with every line and the open end shown with every
# piece. Above, they must first grow by an eighth, or by half if they are long.
_SHORT_REST: Final = 2_048
_SHORT_OPEN_END: Final = 256
_LONG: Final = 16_384
_HEAVY: Final = 2_048


@dataclass(frozen=True, slots=True)
class FinalChanges:
    """The last changes, and whether the page still differs from the canonical HTML."""

    changes: tuple[Change, ...]
    needs_replace: bool


class Splitter:
    """Turns arriving text into changes of a page, and knows the state of the page.

    The page has two elements: `<id_prefix>_done` for finished and open blocks, and
    `<id_prefix>_tail` for the open end, which has no ids. `begun` is the text that is there
    already. Raises ValueError for an `id_prefix` that is no plain id.
    """

    def __init__(self, id_prefix: str, *, begun: str = "") -> None:
        self._id_prefix = id_prefix
        self._reader = Reader()
        self._growth = Growth(id_prefix, self._reader.images)
        self._text = TextBuffer()
        self._rest = ""
        self._lines = TextBuffer()
        self._line = TextBuffer()
        self._defines = False
        self._unseen = TextBuffer()
        self._seen = 0
        self._shown = ""
        self._canonical: Rendering | None = None
        self.feed(begun)

    @property
    def heavy(self) -> bool:
        """Whether the next `feed` or `finish` may take more than about 5 ms."""
        at_the_end = self._defines and self._text.length > HEAVY_LENGTH
        is_long = max(self._rest_length, self._growth.open_code) > _HEAVY
        return at_the_end or is_long or has_many_formulas(self._rest + str(self._line))

    @property
    def done(self) -> Markup:
        """The content of `<id_prefix>_done` on an open page."""
        whole = self._growth.page.whole()
        return Markup(self._growth.filled(whole))  # noqa: S704 - sanitised, in elements of ours

    @property
    def open_end(self) -> Markup:
        """The content of `<id_prefix>_tail` on an open page."""
        return Markup(self._shown)  # noqa: S704 - sanitised, in elements of ours

    @property
    def whole(self) -> Markup:
        """The canonical HTML of a finished text."""
        return self._canonical.html(self._growth.colours) if self._canonical else self.done

    def take_finished(self) -> Markup:
        """Return what was finished since the last call, for a page that can only be added to.

        Joined, the pieces are `done` once the text has ended; code that has no colours when it is
        taken stays plain. Until then a container in them may be open.
        """
        return Markup(self._growth.take_finished())  # noqa: S704 - sanitised, in elements of ours

    def take_codes(self) -> tuple[Code, ...]:
        """Return the code that was finished since the last call and can be coloured."""
        more = self._canonical.codes if self._canonical else ()
        return (*self._growth.take_codes(), *more)

    def colour(self, colours: Colours) -> tuple[Change, ...]:
        """Take colours and return the changes; code that finishes later uses them at once.

        For a finished text the changes apply to a page with the `whole`.
        """
        self._growth.colour(colours)
        changes = self._growth.changes.take()
        if self._canonical is None:
            return changes
        return self._canonical.colour(colours, self._growth.colours)

    def feed(self, piece: str) -> tuple[Change, ...]:
        """Take the next piece of the text and return the changes, if any.

        The open part is processed again only after it has grown by a share of its length. So the
        total time is proportional to the length of the text.
        """
        self._take(piece, self._reader.read(piece))
        changes = self._growth.changes.take()
        if changes or _is_due(self._unseen.length, self._seen, _SHORT_OPEN_END):
            changes += self._show(self._appended_open_end() or self._rendered_open_end())
        return changes

    def finish(self) -> FinalChanges:
        """End the text: open blocks are finished, and `whole` is available.

        If a definition may have come too late, the page is compared with the canonical HTML.
        """
        self._take("", self._reader.read("", final=True))
        line = self._line.take()
        self._defines = self._defines or _DEFINITION in line
        rest = self._rest + self._lines.take() + self._reader.complete(line, final=True)
        self._growth.take(rest, ended=True)
        changes = self._growth.changes.take() + self._show("")
        if self._defines or self._growth.lost:
            self._canonical = render(str(self._text), id_prefix=self._id_prefix)
        return FinalChanges(changes, needs_replace=self.whole != self.done)

    @property
    def _rest_length(self) -> int:
        complete = len(self._rest) + self._lines.length + self._reader.kept
        return complete + self._line.length

    def _take(self, piece: str, text: str) -> None:
        self._text.add(piece)
        self._unseen.add(text)
        head, line_end, line = text.rpartition("\n")
        if line_end:
            self._arrive(self._reader.complete(self._line.take() + head + line_end))
        self._line.add(line)

    def _arrive(self, lines: str) -> None:
        """Take complete lines, one by one if there may be a definition.

        Otherwise the definitions that a line can refer to would depend on how the text was cut.
        """
        if not lines:
            return
        self._defines = self._defines or _DEFINITION in lines
        for line in each_line(lines) if self._defines else (lines,):
            self._lines.add(line)
            if _is_due(self._lines.length, len(self._rest), _SHORT_REST):
                self._rest = self._growth.take(self._rest + self._lines.take(), ended=False)

    def _appended_open_end(self) -> str | None:
        """Return the open end with the unseen text appended, if that consists of words."""
        unseen = str(self._unseen)
        if self._defines or not is_words(unseen):
            return None
        line = str(self._line)
        self._seen += len(unseen)
        if _DEFINITION in line:
            return None
        return append_words(self._shown, line[: -len(unseen)], unseen)

    def _rendered_open_end(self) -> str:
        line = str(self._line)
        preview = self._reader.preview("" if _UNDECIDED.fullmatch(line) else line)
        text = self._rest + str(self._lines) + preview
        self._seen = self._rest_length
        return open_end_html(self._growth.page, text, self._growth.ahead())

    def _show(self, open_end: str) -> tuple[Change, ...]:
        self._unseen.take()
        if open_end == self._shown:
            return ()
        self._shown = open_end
        return (Change("update", f"{self._id_prefix}_tail", self.open_end),)


def _is_due(new: int, seen: int, short: int) -> bool:
    """Return whether text has grown enough since it was last processed."""
    if seen <= short:
        return True
    share = 8 if seen < _LONG else 2
    return new * share >= seen
