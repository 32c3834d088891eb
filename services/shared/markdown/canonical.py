"""The canonical HTML of a finished markdown text."""

from markupsafe import Markup

from services.shared.markdown.anchors import Anchors
from services.shared.markdown.sanitizer import sanitize
from services.shared.markdown.source import Reader
from services.shared.markdown.writer import write_blocks


def render(text: str, *, id_prefix: str | None = None) -> Markup:
    """Render the whole of `text` as safe HTML, the blocks with ids `<id_prefix>_b<n>`.

    Takes any text, in time proportional to its length. Raises ValueError for an `id_prefix`
    that is no plain id.
    """
    return sanitize("".join(write_blocks(Reader().read(text, final=True), Anchors(id_prefix))))
