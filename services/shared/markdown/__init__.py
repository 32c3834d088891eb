"""Markdown to safe HTML, in two forms that agree: the canonical whole and the growing stream.

`render(text, id_prefix="message_7").html()` is the canonical HTML of a finished text. Every
top-level block is one root element with the id `message_7_b<n>`, n counting from 0. The blocks
stand side by side with nothing between them. Ids inside follow the same pattern: `_i<n>` for an
item, `_r<n>` for a row of a table, whose body is `_body`, and `_b<n>` for a block in a quotation or
an item. Source that shows nothing, such as a link reference definition, has no number. Without
`id_prefix` the HTML has no ids at all.

A page that is open while the text arrives has two elements. `message_7_done` holds what is
finished, and open containers with their finished parts. `message_7_tail` holds the open end,
without ids.

    splitter = Splitter("message_7", begun="")   # or the text that is there already
    splitter.done, splitter.open_end             # what a page that is opened now has in the two
    for piece in answer:
        for change in splitter.feed(piece):      # each is a Turbo Stream: action, target, html
            send(change)
    final = splitter.finish()                    # the last changes; the open end is empty then
    if final.needs_replace:                      # a definition came after what refers to it
        replace(splitter.whole)                  # the same as render(text, ...).html()

`append` sends what is new in an element, always with ids: a change that a page gets twice has no
effect the second time. An item is sent when the next one has begun, a row or a line of code with
its last character. Code is replaced by its canonical form when it closes. The state of the page
depends on the complete lines of the text alone, never on where they were cut. So a second worker
that begins with the whole text so far continues exactly where the first one stopped. An open block
above 2048 characters may hold back up to an eighth for the next lines. The continuation of an open
container in the open end stands in elements of the class `continued`.

Code is plain until it gets its colours, which come from a process of its own
(`services.shared.highlighting`). Both forms name the finished code, and accept its colours at any
time.

    rendering.html(colours_of(rendering.codes))
    for change in splitter.colour(colours_of(splitter.take_codes())):
        send(change)

Both take time in proportion to the text. `is_heavy(text)` and `Splitter.heavy` are true if a call
may take more than about 5 ms and should run off the event loop.

The text is CommonMark and GFM. Formulas stand between dollars or LaTeX's delimiters, or are LaTeX
environments on lines of their own. Three rules differ from CommonMark, because people mean
something else: emphasis may end beside CJK punctuation, a fence with an info string opens a block
within a block of markdown, and a dollar may be money.

Headings are h3 to h6, below the page's own. Each is one level below the heading that it belongs to,
so that no level is left out. Code begins with a head, `<span class="code-head">`: its language and
a Copy button, which a page's script has to wire. A table stands in `<div class="table-scroller">`.
A formula on lines of its own stands in `<span class="formula">` with a button, one within a line in
`<bdi>`; both have their TeX as `<annotation>`.

Footnotes get ids of their own, `message_7_fn_<label>`, so they never clash with the page's. Links
lead to http, https and mailto addresses only, and web pages open in a new tab. Bare http addresses
become links. Images become links, too, that name their host. A data URL (base64 of a PNG, JPEG, GIF
or WebP image) is sent once, when its block is finished; if it cannot be shown, its alternative text
is.

Raw HTML is shown as text, except for a few tags without attributes: `kbd`, `sub` and `sup` in pairs
within one element, `br`, and `details` with a `summary`. Details are a container of blocks that
ends with `</details>` or with its parent. The content of these tags is markdown. In a summary,
pairs of `b`, `strong`, `i`, `em` and `code` work as well, and `h1` to `h6` are left out.

The direction of a top-level block follows its first letter with a direction (`dir="auto"`). Blocks
in a list, a quotation or a table inherit it. Code runs from left to right.
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
