"""Code blocks: what stands in them, and how it is shown line by line while they are open."""

from html import escape
from typing import Final

from pyromark.event import Event

from services.shared.markdown.parse.blocks import NOWHERE, Block
from services.shared.markdown.safety.placeholders import as_written
from services.shared.markdown.safety.sanitizer import sanitize

CODE_END: Final[Event] = {"End": "CodeBlock"}


def code_block(block: Block, text: str) -> Block:
    """Return the code block that has this text in it."""
    return Block("code", block.first, NOWHERE, [block.first, {"Text": text}, CODE_END])


def line_html(line: str, line_id: str) -> str:
    """Write a line of a code block that is still open."""
    return f'<span id="{line_id}">{line_text(line)}</span>'


def line_text(line: str) -> str:
    """Write what stands in a code block that is still open."""
    return sanitize(escape(as_written(line), quote=False))
