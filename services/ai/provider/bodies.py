"""The bodies of responses: as they come, bounded, and decoded where they are compressed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Final

import httpx2

LONGEST_REFUSAL: Final = 65_536
LONGEST_LISTING: Final = 8_388_608
READ_SECONDS: Final = 10.0
"""How long the body of a refusal or a listing may take."""
MOST_AT_ONCE: Final = 65_536
"""Bytes of a decoded body that are given out before others may run."""

_SUCCESS: Final = range(200, 300)
_NO_CODING: Final = "identity"


async def read_body(response: httpx2.Response, patience: float) -> AsyncGenerator[bytes]:
    """Read a body as it comes, decoded.

    Raises TimeoutError where nothing comes for `patience` seconds. The client's own patience would
    not do: it forgets whoever waits where it comes upon a chunk that it cannot read.
    """
    # Nobody asked for a compressed body, but proxies send such.
    is_encoded = "content-encoding" in response.headers
    async with aclosing(_decoded(response) if is_encoded else response.aiter_raw()) as parts:
        while True:
            async with asyncio.timeout(patience):
                data = await anext(parts, None)
            if data is None:
                return
            yield data


async def bound_body(response: httpx2.Response) -> None:
    """Read the body of anything but an answer, as a hook of the client: it may have no end.

    A refusal that breaks off or stalls is what has come of it; a listing is a fault then.
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
    """Give out small parts: a few bytes may unfold to a thousand times as many.

    Raises DecodingError for codings within each other: what the inner ones take may be a thousand
    times larger again and give nothing out, and then no bound is looked at.
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
