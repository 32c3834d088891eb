"""The bodies of responses: as they come, bounded, decoded; whole where they are no streams."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Final

import httpx2

from services.ai.provider.json_fields import members, parse
from services.ai.provider.refusals.refusal_parser import LONGEST_REFUSAL
from services.ai.provider.stream.server_sent_events import LONGEST_EVENT

LONGEST_COMPLETION: Final = LONGEST_EVENT
LONGEST_LISTING: Final = 8_388_608
READ_SECONDS: Final = 10.0
"""How long the body of a refusal or a listing may take."""
MOST_AT_ONCE: Final = 65_536
"""Bytes of a decoded body that are yielded before other tasks may run."""

BLANK: Final = b" \t\r\n\xef\xbb\xbf"
"""White space, and the bytes of a byte order mark."""

_SUCCESS: Final = range(200, 300)
_NO_CODING: Final = "identity"


async def read_body(response: httpx2.Response, patience: float) -> AsyncGenerator[bytes]:
    """Read a body as it comes, decoded.

    Raises TimeoutError where nothing comes for `patience` seconds. The client's own timeout does
    not suffice: where the client cannot read a chunk, it never wakes its reader.
    """
    # We ask for none, but proxies send compressed bodies.
    is_encoded = "content-encoding" in response.headers
    async with aclosing(_decoded(response) if is_encoded else response.aiter_raw()) as parts:
        while True:
            async with asyncio.timeout(patience):
                data = await anext(parts, None)
            if data is None:
                return
            yield data


async def bound_body(response: httpx2.Response) -> None:
    """Read and bound the body of anything but an answer, as a response hook of the client.

    A refusal that breaks off or stalls is cut there; a listing raises.
    """
    succeeded = response.status_code in _SUCCESS
    if succeeded and response.request.method == "POST":
        return
    body = bytearray()
    limit = LONGEST_LISTING if succeeded else LONGEST_REFUSAL
    borne = () if succeeded else (httpx2.HTTPError, TimeoutError)
    with suppress(*borne):
        async with asyncio.timeout(READ_SECONDS):
            await _read_into(body, response, limit)
    response.headers.pop("content-encoding", None)
    response.stream = httpx2.ByteStream(bytes(body[:limit]))


def may_be_body(start: bytes) -> bool:
    """Return whether a body begins like JSON or a page; events do not begin with a bracket."""
    return start.lstrip(BLANK).startswith((b"{", b"[", b"<"))


async def read_whole(start: bytes, parts: AsyncIterator[bytes]) -> bytes:
    """Read a body to its end; only the beginning of a page, or of a body that is far too long."""
    body = bytearray(start.lstrip(BLANK))
    most = LONGEST_REFUSAL if body.startswith(b"<") else LONGEST_COMPLETION
    async for more in parts:
        body += more
        if len(body) >= most:
            break
    return bytes(body[:most])


def is_completion(body: bytes) -> bool:
    """Return whether a body is a completion, perhaps one without a choice."""
    try:
        return "choices" in members(parse(body))
    except (ValueError, RecursionError):
        return False


async def _read_into(body: bytearray, response: httpx2.Response, limit: int) -> None:
    # Another response around the same stream: this one is still to be read by the SDK.
    reading = httpx2.Response(
        response.status_code,
        headers=response.headers,
        stream=response.stream,
        request=response.request,
    )
    async with aclosing(read_body(reading, READ_SECONDS)) as parts:
        async for data in parts:
            body += data
            if len(body) >= limit:
                return


async def _decoded(response: httpx2.Response) -> AsyncGenerator[bytes]:
    """Yield small parts: a few bytes may decode to a thousand times as many.

    Raises DecodingError for nested codings: the input of the inner ones may be a thousand times
    larger again without any output, and bounds are checked on output alone.
    """
    named = response.headers.get_list("content-encoding", split_commas=True)
    codings = [coding.lower() for coding in named if coding.lower() != _NO_CODING]
    if len(codings) > 1:
        raise httpx2.DecodingError("more than one coding")
    # RFC 9110 has two names for gzip, and the client knows one.
    response.headers["content-encoding"] = "".join(codings).removeprefix("x-") or _NO_CODING
    async with aclosing(response.aiter_bytes()) as parts:
        async for data in parts:
            for begin in range(0, len(data), MOST_AT_ONCE):
                yield data[begin : begin + MOST_AT_ONCE]
                await asyncio.sleep(0)
