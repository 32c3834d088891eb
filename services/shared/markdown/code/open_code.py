"""Code blocks that are still open, shown line by line."""

from html import escape
from typing import Final

from pyromark.event import Event

from services.shared.markdown.parse.blocks import NOWHERE, Block
from services.shared.markdown.safety.placeholders import as_written
from services.shared.markdown.safety.sanitizer import sanitize

CODE_END: Final[Event] = {"End": "CodeBlock"}


def code_block(block: Block, text: str) -> Block:
    """Return a copy of a code block with this text."""
    return Block("code", block.first, NOWHERE, [block.first, {"Text": text}, CODE_END])


def line_html(line: str, line_id: str) -> str:
    """Return the HTML of a line of an open code block."""
    return f'<span id="{line_id}">{line_text(line)}</span>'


def line_text(line: str) -> str:
    """Return the HTML of text in an open code block."""
    return sanitize(escape(as_written(line), quote=False))
