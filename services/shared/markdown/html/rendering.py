"""The canonical HTML of a finished markdown text."""

from typing import Final

from markupsafe import Markup

from services.shared.highlighting.code import Code, Colours
from services.shared.markdown.code.slots import PLAIN, CodeSlots
from services.shared.markdown.html.block_html import block_html, child_id
from services.shared.markdown.html.changes import Change
from services.shared.markdown.html.context import RenderContext
from services.shared.markdown.maths.formulas import has_many_formulas
from services.shared.markdown.parse.block_reader import read_blocks
from services.shared.markdown.parse.source import Reader

# Characters that take at most about 5 ms, without formulas.
HEAVY_LENGTH: Final = 4_000


class Rendering:
    """A rendered text and the code in it that can be coloured."""

    def __init__(self, draft: str, codes: CodeSlots) -> None:
        self._draft = draft
        self._codes = codes
        self.codes: tuple[Code, ...] = codes.take()

    def colour(self, colours: Colours, known: Colours) -> tuple[Change, ...]:
        """Return what `colours` change on a page with this text; `known` are all colours so far."""
        coloured = (code for code, html in colours.items() if html is not None)
        return tuple(
            Change("replace", element_id, Markup(self._codes.filled(draft, known)))  # noqa: S704 - as below
            for element_id, draft in self._codes.take_drafts(coloured).items()
        )

    def html(self, colours: Colours = PLAIN) -> Markup:
        """Return the safe HTML; code without colours is plain."""
        return Markup(self._codes.filled(self._draft, colours))  # noqa: S704 - the sanitiser's output in elements of ours


def render(text: str, *, id_prefix: str | None = None) -> Rendering:
    """Render a finished text to blocks with the ids `<id_prefix>_b<n>`.

    Takes any text, in time proportional to its length. Raises ValueError for an `id_prefix`
    that is no plain id.
    """
    reader = Reader()
    context = RenderContext(id_prefix, reader.images)
    whole = reader.complete(reader.read(text, final=True), final=True)
    blocks = read_blocks(whole, placed=False).children
    drafts = (
        block_html(block, context, child_id(id_prefix, "root", number))
        for number, block in enumerate(blocks)
    )
    return Rendering("".join(drafts), context.code_slots)


def is_heavy(text: str) -> bool:
    """Return whether `render(text)` may take more than about 5 ms."""
    return len(text) > HEAVY_LENGTH or has_many_formulas(text)
