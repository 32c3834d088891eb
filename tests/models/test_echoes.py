"""What a real server sends of a begun answer again where it is not told to go on."""

import json
from typing import Final

import httpx2
import pytest

from services.ai.provider.ask import Ask
from services.ai.provider.errors import ContinuationRefusedError
from services.ai.provider.stream.chunks import ChunkReader
from services.ai.provider.stream.echo import LEAST
from tests.models.asking import QUESTION, client_of, uninterrupted
from tests.models.servers import Served, Server

CUTS: Final = 6
_DATA: Final = "data: {"


async def test_what_comes_again_is_dropped(served: Served, kind: Server) -> None:
    if not kind.goes_on or kind.thinks:
        pytest.skip("there is no echo: it continues no last message, or none without its reasoning")
    whole = await uninterrupted(served, QUESTION)
    parts = [text for chunk in await _stream(served) if (text := _text(chunk))]
    assert "".join(parts) == whole
    for cut in range(1, len(parts), len(parts) // CUTS):
        begun = "".join(parts[:cut])
        chunks = await _stream(served, begun.rstrip())
        assert begun.strip() in "".join(map(_text, chunks)), "there is nothing to be dropped"
        if len(begun.rstrip()) < LEAST:
            with pytest.raises(ContinuationRefusedError):
                _new(begun, chunks)
        else:
            assert begun + _new(begun, chunks) == whole


async def _stream(served: Served, begun: str = "") -> list[str]:
    """Return the chunks of an answer; `begun` is the last message where it is not empty."""
    messages = [{"role": "user", "content": QUESTION}]
    if begun:
        messages.append({"role": "assistant", "content": begun})
    body = {"model": served.model, "messages": messages, "temperature": 0, "stream": True}
    async with (
        client_of(served) as client,
        client.stream("POST", "chat/completions", json=body) as answer,
    ):
        assert answer.status_code == httpx2.codes.OK
        return [
            line.removeprefix("data: ")
            async for line in answer.aiter_lines()
            if line.startswith(_DATA)
        ]


def _text(chunk: str) -> str:
    choices = json.loads(chunk)["choices"]
    return str(choices[0]["delta"].get("content") or "") if choices else ""


def _new(begun: str, chunks: list[str]) -> str:
    reader = ChunkReader(Ask((), begun))
    pieces = [*(reader.read(chunk.encode()) for chunk in chunks), reader.finish(is_done=True)]
    return "".join(piece.text for piece in pieces)
