"""The open end of a growing text, as a page shows it below what it has."""

from typing import Final

from pyromark.event import Event

from services.shared.markdown import elements
from services.shared.markdown.anchors import Anchors
from services.shared.markdown.block_html import block_html, direction_of
from services.shared.markdown.block_reader import read_blocks
from services.shared.markdown.blocks import Block
from services.shared.markdown.code_html import code_block, code_text, line_text
from services.shared.markdown.codes import PLAIN
from services.shared.markdown.frames import Frame
from services.shared.markdown.source import NOWHERE

_NO_LANGUAGE: Final[Event] = {"Start": {"CodeBlock": {"Fenced": ""}}}


def tail_html(page: Frame, rest: str) -> str:
    """Write what is not on the page yet, without ids.

    What goes on in a container that the page has stands in one of the class `continued`. A row of
    an open table shows when it is whole: it could not stand below the others.
    """
    innermost = page.innermost()
    if not rest.strip() or (innermost.block.kind == "table" and "\n" not in rest):
        return ""
    if page.is_code_to(rest):
        return _continued_code(rest)
    blocks = read_blocks(page.all_reopening() + rest, placed=False)
    _make_plain(blocks)
    return _inside(page, blocks)


def _make_plain(block: Block) -> None:
    """Take the language from a code block at the end: open code is not highlighted."""
    while block.children and block.children[-1].kind != "code":
        block = block.children[-1]
    if block.children:
        code = Block("code", _NO_LANGUAGE, NOWHERE, [])
        block.children[-1] = code_block(code, code_text(block.children[-1]))


def _inside(frame: Frame, block: Block) -> str:
    blocks = block.children[frame.repeated :]
    html = ""
    if frame.child is not None and blocks:
        html = _continued(frame.child, blocks.pop(0))
    anchors = Anchors(None)
    drafts = (block_html(each, anchors, None) for each in blocks)
    return html + anchors.codes.filled("".join(drafts), PLAIN)


def _continued(frame: Frame, block: Block) -> str:
    match frame.block.first:
        case {"Start": {"CodeBlock": _}}:
            return _continued_code(code_text(block))
        case {"Start": {"List": first}}:
            listed = elements.list_of(None if first is None else frame.next_number(first))
            attributes = direction_of(listed.name, block) + listed.attributes
            return _element(listed.name, _inside(frame, block), "continued", attributes)
        case {"Start": {"BlockQuote": kind}}:
            classes = f"continued alert alert-{kind.lower()}" if kind else "continued"
            attributes = direction_of("blockquote", block)
            return _element("blockquote", _inside(frame, block), classes, attributes)
        case {"Start": "HtmlBlock"}:
            return _element("div", _inside(frame, block), "continued")
        case {"Start": "Item"}:
            return _element("li", _inside(frame, block), "continued")
        case _:
            return ""


def _continued_code(code: str) -> str:
    return _element("pre", _element("code", line_text(code)), "continued", elements.LEFT_TO_RIGHT)


def _element(name: str, inside: str, classes: str = "", attributes: str = "") -> str:
    """Return an element of ours, or nothing if there is nothing in it."""
    if not inside:
        return inside
    class_attribute = f' class="{classes}"' if classes else ""
    return f"<{name}{class_attribute}{attributes}>{inside}</{name}>"
