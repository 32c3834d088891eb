"""Whole completions, as endpoints send them that cannot stream, or were not asked to by a proxy."""

from collections.abc import AsyncIterator
from typing import Final

from services.ai.provider.bodies import LONGEST_REFUSAL
from services.ai.provider.chunks import parse
from services.ai.provider.fields import members
from services.ai.provider.server_sent_events import LONGEST_EVENT

LONGEST_COMPLETION: Final = LONGEST_EVENT

BLANK: Final = b" \t\r\n\xef\xbb\xbf"
"""White space, and the bytes of a byte order mark."""


def may_be_body(start: bytes) -> bool:
    """Tell whether a body begins as JSON or a page do: events do not begin with a bracket."""
    return start.lstrip(BLANK).startswith((b"{", b"[", b"<"))


async def read_whole(start: bytes, parts: AsyncIterator[bytes]) -> bytes:
    """Read a body to its end; of a page, or of what is far too long, no more than the beginning."""
    body = bytearray(start.lstrip(BLANK))
    most = LONGEST_REFUSAL if body.startswith(b"<") else LONGEST_COMPLETION
    async for more in parts:
        body += more
        if len(body) >= most:
            break
    return bytes(body[:most])


def is_completion(body: bytes) -> bool:
    """Tell whether a body is a completion, be it one without any choice."""
    try:
        return "choices" in members(parse(body))
    except (ValueError, RecursionError):
        return False
