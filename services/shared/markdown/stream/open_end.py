"""The HTML of the open end of a growing text."""

import re
from typing import Final

from pyromark.event import Event

from services.shared.markdown.code.open_code import code_block, line_text
from services.shared.markdown.code.slots import PLAIN
from services.shared.markdown.html import elements
from services.shared.markdown.html.block_html import block_html, direction_of
from services.shared.markdown.html.context import RenderContext
from services.shared.markdown.parse.block_reader import read_blocks
from services.shared.markdown.parse.blocks import NOWHERE, Block, code_in
from services.shared.markdown.safety.sanitizer import sanitize
from services.shared.markdown.stream.frames import Frame

_WORDS: Final = re.compile(r"(?:[^\W_]|[ ,'\"!?-])+")
_CLOSING_TAGS: Final = re.compile("(?:</(?:p|li|ul|ol|blockquote|h[3-6])>)+")
_NO_LANGUAGE: Final[Event] = {"Start": {"CodeBlock": {"Fenced": ""}}}


def open_end_html(page: Frame, rest: str, context: RenderContext) -> str:
    """Return the HTML of what is not on the page yet; the context has no ids.

    The continuation of a container on the page stands in an element of the class `continued`. A row
    of an open table is shown only when it is complete, as it could not stand below the others.
    """
    innermost = page.innermost()
    if not rest.strip() or (innermost.block.kind == "table" and "\n" not in rest):
        return ""
    if page.takes_as_code(rest):
        return _continued_code(rest)
    blocks = read_blocks(page.all_reopening() + rest, placed=False)
    _make_plain(blocks)
    return _inside(page, blocks, context)


def _make_plain(block: Block) -> None:
    """Remove the language of a code block at the end: open code is not highlighted."""
    while block.children and block.children[-1].kind != "code":
        block = block.children[-1]
    if block.children:
        code = Block("code", _NO_LANGUAGE, NOWHERE, [])
        block.children[-1] = code_block(code, code_in(block.children[-1].events))


def _inside(frame: Frame, block: Block, context: RenderContext) -> str:
    blocks = block.children[frame.repeated :]
    html = ""
    if frame.child is not None and blocks:
        html = _continued(frame.child, blocks.pop(0), context)
    drafts = (block_html(each, context, None) for each in blocks)
    return html + context.code_slots.filled("".join(drafts), PLAIN)


def _continued(frame: Frame, block: Block, context: RenderContext) -> str:
    match frame.block.first:
        case {"Start": {"CodeBlock": _}}:
            return _continued_code(code_in(block.events))
        case {"Start": {"List": first}}:
            listed = elements.list_of(None if first is None else frame.next_number(first))
            attributes = direction_of(listed.name, block) + listed.attributes
            return _element(listed.name, _inside(frame, block, context), "continued", attributes)
        case {"Start": {"BlockQuote": kind}}:
            classes = f"continued alert alert-{kind.lower()}" if kind else "continued"
            attributes = direction_of("blockquote", block)
            return _element("blockquote", _inside(frame, block, context), classes, attributes)
        case {"Start": "HtmlBlock"}:
            return _element("div", _inside(frame, block, context), "continued")
        case {"Start": "Item"}:
            return _element("li", _inside(frame, block, context), "continued")
        case _:
            return ""


def _continued_code(code: str) -> str:
    return _element("pre", _element("code", line_text(code)), "continued", elements.LEFT_TO_RIGHT)


def _element(name: str, inside: str, classes: str = "", attributes: str = "") -> str:
    """Return an element, or an empty string if it has no content."""
    if not inside:
        return inside
    class_attribute = f' class="{classes}"' if classes else ""
    return f"<{name}{class_attribute}{attributes}>{inside}</{name}>"


def is_words(piece: str) -> bool:
    """Return whether a piece of text consists of words, which may be cut at its ends.

    Words neither open nor close anything in markdown, so they need no parser.
    """
    return _WORDS.fullmatch(piece) is not None


def append_words(html: str, line: str, words: str) -> str | None:
    """Return `html`, an open end whose last line is `line`, with `words` added to that line.

    Returns None if it must be rendered again: the line must end with a word of letters and digits
    that also ends the text of the HTML. The text must have no definition, which a word may change.
    """
    text = line.rstrip(" ")
    word = text[text.rfind(" ") + 1 :]
    end = html.rfind(word) + len(word)
    if not word.isalnum() or not _CLOSING_TAGS.fullmatch(html, end):
        return None
    more = sanitize((line[len(text) :] + words).rstrip(" "))
    return f"{html[:end]}{more}{html[end:]}"
