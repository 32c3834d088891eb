"""Markdown to safe HTML, in two forms that agree: the canonical whole and the growing stream.

`render(text, id_prefix="message_7")` is the canonical HTML of a finished text. Every top-level
block is one root element with the id `message_7_b<n>`, n counting from 0; the blocks stand side by
side with nothing between them. Source that shows nothing, such as a link reference definition,
takes no number. Without `id_prefix` the HTML carries no id at all.

`Splitter(id_prefix="message_7")` takes the same text as it arrives:

    splitter = Splitter(id_prefix="message_7")
    for piece in answer:
        update = splitter.feed(piece)
        if update.changed:
            append(update.blocks)        # finished: sent once, ids as in render()
            show(update.tail)            # still open: replaces the tail shown before, no ids
    ending = splitter.finish()
    append(ending.blocks)                # what the tail had held; the tail is now empty
    if ending.needs_replace:             # the stream could not know what came later
        replace(ending.html)             # the same as render(text, id_prefix="message_7")

The blocks depend on the text alone, never on where it was cut, so a second worker that feeds the
whole text so far goes on exactly where the first one stopped. `feed` costs time in proportion to
the open tail. `needs_replace` is true when a link or footnote was used before its definition came.

Footnotes get ids of their own, `message_7_fn_<label>`, so they never clash with the page's. Raw
HTML is shown as text, except for `<br>`, which breaks the line. Images become links. Links lead to
http, https and mailto addresses only. Bare http addresses are links as well.
"""

from services.shared.markdown.canonical import render
from services.shared.markdown.splitter import Block, Ending, Splitter, Update

__all__ = ["Block", "Ending", "Splitter", "Update", "render"]
