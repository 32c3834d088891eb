"""Which parts of a block that goes on are certain: nothing that follows can change them."""

import re
from typing import Final

from services.shared.markdown.blocks import Block
from services.shared.markdown.code_html import code_text
from services.shared.markdown.reopening import is_closed, reopening

_BLANK_LINE: Final = re.compile(rb"[ \t>]*\n")


def is_finished(source: bytes, block: Block) -> bool:
    """Say whether nothing that follows can change the last block of `source`."""
    match block.kind:
        case "line" | "row":
            return True
        case "paragraph":
            return _BLANK_LINE.match(source, line_end(source, block.end)) is not None
        case "code":
            return is_closed(source, block, code_text(block))
        case "details":
            return block.closed
        case _:
            return False


def gains(source: bytes, block: Block) -> bool:
    """Say whether something in a block that goes on is finished, or goes on and gains."""
    match block.kind:
        case "table" | "details":
            return True
        case "code":
            return code_text(block) != "" and reopening(source, block) is not None
        case "list" | "item" | "quote" if block.children:
            last = block.children[-1]
            is_more = len(block.children) > 1 or is_finished(source, last) or gains(source, last)
            return is_more and reopening(source, block) is not None
        case _:
            return False


def line_end(source: bytes, end: int) -> int:
    """Return where the line ends that a block ends in."""
    return source.find(b"\n", end - 1) + 1 or len(source)
