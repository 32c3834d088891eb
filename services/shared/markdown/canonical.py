"""The canonical HTML of a finished markdown text, and of its blocks one by one."""

from collections.abc import Iterator

from markupsafe import Markup

from services.shared.markdown.anchors import Anchors
from services.shared.markdown.sanitizer import sanitize
from services.shared.markdown.source import Reader, top_level_blocks
from services.shared.markdown.writer import BlockWriter


def render(text: str, *, id_prefix: str | None = None) -> Markup:
    """Render the whole of `text` as safe HTML, the blocks with ids `<id_prefix>_b<n>`.

    Takes any text, in time proportional to its length. Raises ValueError for an `id_prefix`
    that is no plain id.
    """
    return sanitize("".join(write_blocks(Reader().read(text, final=True), Anchors(id_prefix))))


def write_blocks(text: str, anchors: Anchors) -> Iterator[str]:
    """Write each top-level block of `text`, which a `Reader` has read, as unsanitised HTML."""
    for block in top_level_blocks(text):
        writer = BlockWriter(anchors)
        for event in block.events:
            writer.write(event)
        yield "".join(writer.parts)
