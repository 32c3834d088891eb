"""Reads the chunks of a stream: untrusted JSON, whose members may have any type."""

from typing import Final, cast

import jiter

from services.ai.provider.ask import Ask
from services.ai.provider.errors import ErrorChunkError
from services.ai.provider.json_fields import Members, count, items, members, name, text
from services.ai.provider.stream.deltas import DeltaReader, tool_asked
from services.ai.provider.stream.harmony import ContinuedReader
from services.ai.provider.stream.images import Image
from services.ai.provider.stream.pieces import NO_PIECE, NO_SHARE, Piece, Share, finish_reason
from services.ai.provider.stream.reasoning import TagSplitter
from services.ai.provider.stream.repeats import RepeatFilter

NOT_BEGUN: Final = Ask(turns=())


class ChunkReader:
    """Reads the chunks of one answer in their order, and drops what repeats its begun part.

    All methods also raise ContinuationRefusedError, as `EchoFilter` does.
    """

    def __init__(self, ask: Ask = NOT_BEGUN) -> None:
        # Tags count at the start of an answer only, which a continuation lacks. But a model that
        # thought before the begun part may think again.
        self._tags = TagSplitter() if ask.begun_thoughts or not ask.prefill else None
        self._continued = ContinuedReader(ask.prefill)
        self._repeats = RepeatFilter(ask.begun, ask.begun_thoughts)
        self._deltas = DeltaReader()
        self._model: object = None

    def read(self, data: bytes) -> Piece:
        """Return what a chunk adds; members of a wrong type are ignored.

        A whole completion is a chunk, too. Raises ErrorChunkError where it is an error, and
        ValueError, LookupError, TypeError or RecursionError where it is no chunk at all.
        """
        chunk = self._parse(data)
        if chunk.get("error"):
            raise ErrorChunkError(chunk)
        choices = chunk.get("choices")
        choice = members(cast("list[object]", choices)[0]) if choices else members(None)
        if choice.get("error") or choice.get("finish_reason") == "error":
            raise ErrorChunkError(choice)
        share, images, tool = self._said(choice)
        reason, model = choice.get("finish_reason"), chunk.get("model")
        usage = chunk.get("usage") or choice.get("usage")
        repeats = self._repeats
        share = repeats.finish(share, is_whole=True) if reason else repeats.feed(share)
        if not (reason or usage or images or tool) and model == self._model:
            if share is NO_SHARE:
                return NO_PIECE
            return Piece(share.text, share.reasoning, recast=share.recast)
        whole = self._whole(share, reason, model, members(usage))
        return whole._replace(images=images, tool=tool)

    def finish(self, *, is_done: bool) -> Piece:
        """Return what is held back at the end of the body; `is_done` where the endpoint said so."""
        said, reasoning, _ = self._deltas.finish()
        share, rest = self._share(said, reasoning), (self._tags or self._continued).finish()
        rest = Share(share.text + rest.text, share.reasoning + rest.reasoning, rest.recast)
        share = self._repeats.finish(rest, is_whole=is_done)
        return Piece(share.text, share.reasoning, recast=share.recast)

    def _parse(self, data: bytes) -> Members:
        try:
            chunk = cast("object", jiter.from_json(data))
        except ValueError:
            chunk = self._deltas.halves.parse(data)
        # Google's endpoint sends an error in a list.
        return members(chunk) or members(next(iter(items(chunk)), None))

    def _said(self, choice: Members) -> tuple[Share, tuple[Image, ...], str | None]:
        delta, deltas = members(choice.get("delta")), self._deltas
        content = delta.get("content")
        if content and len(delta) == 1 and isinstance(content, str) and not deltas.halves.is_needed:
            # Most chunks are of this kind.
            said = text(content)
            deltas.add_text(said)
            share = self._share(said, "")
            return share, (), share.tool
        said, reasoning, images = deltas.read(choice, delta)
        tool = tool_asked(delta) or tool_asked(members(choice.get("message")))
        share = self._share(said, reasoning)
        return share, images, tool or share.tool

    def _share(self, said: str, reasoning: str) -> Share:
        if not (said or reasoning):
            return NO_SHARE
        if reasoning and self._tags:
            self._tags.settle()
        share = (self._tags or self._continued).feed(said) if said else NO_SHARE
        return share if not reasoning else share._replace(reasoning=reasoning + share.reasoning)

    def _whole(self, share: Share, reason: object, model: object, usage: Members) -> Piece:
        news = name(model) if model != self._model else None
        self._model = model
        return Piece(
            text=share.text,
            reasoning=share.reasoning,
            finish_reason=finish_reason(reason),
            model=news,
            prompt_tokens=count(usage.get("prompt_tokens")),
            completion_tokens=count(usage.get("completion_tokens")),
            recast=share.recast,
        )
