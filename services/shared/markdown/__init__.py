"""Markdown to safe HTML, in two forms that agree: the canonical whole and the growing stream.

`render(text, id_prefix="message_7").html()` is the canonical HTML of a finished text. Every
top-level block is one root element with the id `message_7_b<n>`, n counting from 0; the blocks
stand side by side with nothing between them. Inside, ids go on the same way: `_i<n>` for an item,
`_r<n>` for a row of a table, whose body is `_body`, and `_b<n>` for a block in a quotation or an
item. Source that shows nothing, such as a link reference definition, takes no number. Without
`id_prefix` the HTML carries no id at all.

A page that is open while the text arrives has two elements: `message_7_done` holds what is
finished, and what goes on with all that is finished in it; `message_7_tail` the rest, without ids.

    splitter = Splitter("message_7", begun="")   # or the text that is there already
    splitter.done, splitter.tail                 # what a page that is opened now has in the two
    for piece in answer:
        for change in splitter.feed(piece):      # each is a Turbo Stream: action, target, html
            send(change)
    ending = splitter.finish()                   # the last changes; the tail is empty then
    if ending.needs_replace:                     # a definition came after what refers to it
        replace(splitter.whole)                  # the same as render(text, ...).html()

`append` sends what is new in an element, always with ids: a page that is given a change twice ends
as if it had it once. An item goes when the next one has begun, a row or a line of code with its
last character, and code is replaced by its canonical form when it closes. What the page
has depends on the complete lines of the text alone, never on where they were cut, so a second
worker that begins with the whole text so far goes on exactly where the first one stopped; of an
open block above 2048 characters, up to an eighth may wait for the next lines. What an open
container goes on with stands in the tail in elements of the class `continued`.

Code is plain until somebody colours it, which takes a process of its own
(`services.shared.highlighting`). Both forms name the finished code, and take its colours whenever
they come.

    rendering.html(colours_of(rendering.codes))
    for change in splitter.colour(colours_of(splitter.take_codes())):
        send(change)

Both cost time in proportion to the text. `is_heavy(text)` and `Splitter.heavy` tell beforehand
when a call may take more than about 5 ms, and belongs off the event loop.

The text is CommonMark and GFM, with formulas between dollars or LaTeX's delimiters, or as LaTeX's
environments on lines of their own. Three rules give way to what people mean: emphasis may end
beside CJK punctuation, a fence with an info string opens a block within a block of markdown, and a
dollar may be money.

Footnotes get ids of their own, `message_7_fn_<label>`, so they never clash with the page's. Links
lead to http, https and mailto addresses only; those of pages open a tab of their own. Bare http
addresses are links as well. Images become links, and so do those that stand in the text itself, as
base64 of a PNG, JPEG, GIF or WebP image: it is sent once, when its block is finished, and where it
cannot be shown its words are.

Raw HTML is shown as text, except for a few tags without any attribute: `kbd`, `sub` and `sup` in
pairs within one element, `br`, and `details` with a `summary`, which are a container of blocks that
ends with `</details>` or with what it is in. Markdown in them is markdown. In a summary pairs of
`b`, `strong`, `i`, `em` and `code` mean what they say, too, and those of `h1` to `h6` are left out.

A block that stands by itself runs as its first letter with a direction says (`dir="auto"`), what is
in a list, a quotation or a table takes its sides from there, and code runs from left to right.
"""

from services.shared.markdown.html.changes import Change, ChangeAction
from services.shared.markdown.html.rendering import Rendering, is_heavy, render
from services.shared.markdown.parse.alt_texts import without_data_images
from services.shared.markdown.stream.splitter import FinalChanges, Splitter

__all__ = [
    "Change",
    "ChangeAction",
    "FinalChanges",
    "Rendering",
    "Splitter",
    "is_heavy",
    "render",
    "without_data_images",
]
