"""The HTML of a tree of blocks: complete, or the shell that later parts are appended to."""

from typing import Final, NamedTuple

from pyromark.event import Event

from services.shared.markdown.code.open_code import CODE_END
from services.shared.markdown.html import elements
from services.shared.markdown.html.context import RenderContext
from services.shared.markdown.html.links import linked_prose
from services.shared.markdown.html.writer import write_events
from services.shared.markdown.parse.blocks import Block, Kind
from services.shared.markdown.safety.placeholders import unescaped
from services.shared.markdown.safety.sanitizer import sanitize

# Stands between the id of a container and the number of a child in the child's id.
_LETTERS: Final[dict[Kind, str]] = {
    "root": "b",
    "list": "i",
    "item": "b",
    "quote": "b",
    "table": "r",
    "code": "l",
    "details": "b",
}
_PARAGRAPH: Final = ("<p>", "</p>")
_EVENTS_OF_A_TEXT: Final = 3
_BODY: Final = ("<tbody>", "</tbody></table>")


class Shell(NamedTuple):
    """A container with only the first `included` of its children.

    `target` is the id of the element that the other children are appended to, if it has one.
    """

    opening: str
    closing: str
    target: str | None
    included: int = 0


def child_id(block_id: str | None, kind: Kind, number: int) -> str | None:
    """Return the id of a container's child; children included in its shell do not count."""
    return None if block_id is None else f"{block_id}_{_LETTERS[kind]}{number}"


def block_html(block: Block, context: RenderContext, block_id: str | None) -> str:
    """Return the draft of a block and its content, one root element with that id.

    Without an id there are no ids inside either. The first paragraph of an item has no element of
    its own, whether the list is loose or tight, so that the HTML of an item does not depend on the
    other items.
    """
    if block.kind not in {"list", "item", "quote", "table", "details"}:
        return _leaf_html(block, context, block_id)
    opening, closing, _, included = shell(block, context, block_id)
    children = (
        block_html(child, context, child_id(block_id, block.kind, number))
        for number, child in enumerate(block.children[included:])
    )
    return f"{opening}{''.join(children)}{closing}"


def shell(block: Block, context: RenderContext, block_id: str | None) -> Shell:
    """Return a container, or an open code block, as it is before its parts are appended."""
    match block.kind:
        case "item":
            return _item_shell(block, context, block_id)
        case "table":
            return _table_shell(block, context, block_id)
        case "code":
            return _code_shell(block, context, block_id)
        case "details":
            return _details_shell(block, context, block_id)
        case _:
            return _element_shell(block, block_id)


def _leaf_html(block: Block, context: RenderContext, block_id: str | None) -> str:
    if block.kind == "row":
        return _row_html(block, context, block_id)
    context.block, context.stands_alone = block_id, block.stands_alone
    text = _only_text(block)
    if text is not None:
        return sanitize(f"<p{context.root('p')}>{linked_prose(unescaped(text))}</p>")
    draft = sanitize(write_events(block.events, context))
    context.code_slots.place(block_id, draft)
    return draft


def _only_text(block: Block) -> str | None:
    """Return the text of a paragraph of plain text, which needs no writer."""
    if block.kind != "paragraph" or len(block.events) != _EVENTS_OF_A_TEXT:
        return None
    match block.events[1]:
        case {"Text": str(text)}:
            return text
        case _:
            return None


def _row_html(block: Block, context: RenderContext, block_id: str | None) -> str:
    row = _within_table("<table><tbody>", block, block.events, context)
    return _opening("tr", block_id) + row.removeprefix("<table><tbody><tr>").removesuffix(_BODY[1])


def _within_table(start: str, table: Block, events: list[Event], context: RenderContext) -> str:
    """Return a row or the head within a table, without which the sanitiser would drop its tags."""
    context.block = None
    match table.first:
        case {"Start": {"Table": alignments}}:
            row = write_events(events, context, alignments=alignments)
            return sanitize(f"{start}{row}{_BODY[1]}")
        case _:
            raise ValueError(f"not of a table: {table.first}")


def _element_shell(block: Block, block_id: str | None) -> Shell:
    match block.first:
        case {"Start": {"List": first}}:
            element = elements.list_of(first)
        case {"Start": {"BlockQuote": kind}}:
            element = elements.quote(kind)
        case _:
            raise ValueError(f"not a container: {block.first}")
    attributes = direction_of(element.name, block) + element.attributes
    opening = _opening(element.name, block_id, attributes) + element.inner
    return Shell(opening, element.closing, block_id)


def _item_shell(block: Block, context: RenderContext, block_id: str | None) -> Shell:
    opening, closing = _opening("li", block_id), "</li>"
    if not block.children or block.children[0].kind != "paragraph":
        return Shell(opening, closing, block_id)
    paragraph = block_html(block.children[0], context, None)
    inside = paragraph.removeprefix(_PARAGRAPH[0]).removesuffix(_PARAGRAPH[1])
    return Shell(opening + inside, closing, block_id, 1)


def _details_shell(block: Block, context: RenderContext, block_id: str | None) -> Shell:
    summary = block_html(block.children[0], context, None)
    return Shell(_opening("details", block_id) + summary, "</details>", block_id, 1)


def _table_shell(block: Block, context: RenderContext, block_id: str | None) -> Shell:
    html = _within_table("<table>", block, block.children[0].events, context)
    head = html.removeprefix("<table>").removesuffix(_BODY[1]).removesuffix(_BODY[0])
    body = None if block_id is None else f"{block_id}_body"
    attributes = direction_of(elements.TABLE.name, block) + elements.TABLE.attributes
    opening = _opening(elements.TABLE.name, block_id, attributes) + elements.TABLE.inner
    closing = elements.TABLE.closing
    return Shell(opening + head + _opening("tbody", body), closing, body, 1)


def _code_shell(block: Block, context: RenderContext, block_id: str | None) -> Shell:
    """Return an open code block, still empty, with an id on its code element."""
    context.block = block_id
    html = sanitize(write_events([block.first, CODE_END], context))
    before, code, after = html.rpartition("<code")
    closing, target = "</code></pre>", f"{block_id}_code"
    return Shell(
        f"{before}{code}{_id_attribute(target)}{after.removesuffix(closing)}", closing, target
    )


def direction_of(name: str, block: Block) -> str:
    """Return the direction attribute of a container; within another it inherits."""
    return elements.direction(name) if block.stands_alone else ""


def _opening(name: str, block_id: str | None, attributes: str = "") -> str:
    return f"<{name}{_id_attribute(block_id)}{attributes}>"


def _id_attribute(block_id: str | None) -> str:
    return "" if block_id is None else f' id="{block_id}"'
