"""Reads the chunks of a stream as what they are: JSON from a stranger."""

import json
from typing import Final, NamedTuple, cast

import jiter

from services.ai.provider.asking import Ask
from services.ai.provider.fields import Members, count, members, name, text
from services.ai.provider.reasoning import NOTHING as NO_SHARE
from services.ai.provider.reasoning import Share, TagSplitter
from services.ai.provider.repeats import RepeatFilter

REASONING_FIELDS: Final = ("reasoning", "reasoning_content", "reasoning_text", "thinking")
FINISH_REASONS: Final[dict[str, str]] = {
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "safety": "content_filter",
}
"""OpenAI's word for those of others."""


NOT_BEGUN: Final = Ask(turns=())


class ErrorChunkError(Exception):
    """The chunk is an error: what it says is in `body`."""

    def __init__(self, body: object) -> None:
        super().__init__()
        self.body = body


class Piece(NamedTuple):
    """What one chunk of the stream adds; fields that it does not carry are empty."""

    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    recast: bool = False
    """The `text` of all pieces before was reasoning, and the `reasoning` of this one ends it."""


NOTHING: Final = Piece()


class ChunkReader:
    """Reads the chunks of one answer in their order, but for what repeats its begun part.

    Besides what its methods name they raise ContinuationRefusedError as `EchoFilter` does.
    """

    def __init__(self, ask: Ask = NOT_BEGUN) -> None:
        # A tag is one at the start of an answer only, and that is not here. But whoever thought
        # before the answer may do so again.
        self._tags = TagSplitter() if ask.begun_thoughts or not ask.prefill else None
        self._repeats = RepeatFilter(ask.begun, ask.begun_thoughts)
        self._model: object = None

    def read(self, data: bytes) -> Piece:
        """Take what can be used of a chunk; members of another type are passed over.

        Raises ErrorChunkError where it is an error, and ValueError, LookupError, TypeError or
        RecursionError where it is no chunk at all.
        """
        chunk = members(parse(data))
        if chunk.get("error"):
            raise ErrorChunkError(chunk)
        choices = chunk.get("choices")
        choice = members(cast("list[object]", choices)[0]) if choices else members(None)
        if choice.get("error") or choice.get("finish_reason") == "error":
            raise ErrorChunkError(choice)
        share = self._share(members(choice.get("delta")))
        reason, model = choice.get("finish_reason"), chunk.get("model")
        usage = chunk.get("usage") or choice.get("usage")
        repeats = self._repeats
        share = repeats.finish(share, is_whole=True) if reason else repeats.feed(share)
        if not (reason or usage) and model == self._model:
            if share is NO_SHARE:
                return NOTHING
            return Piece(share.text, share.reasoning, recast=share.recast)
        return self._whole(share, reason, model, members(usage))

    def finish(self, *, is_done: bool) -> Piece:
        """Return what was held back at the end of the body, of an answer that `is_done` or not."""
        rest = self._tags.finish() if self._tags else NO_SHARE
        share = self._repeats.finish(rest, is_whole=is_done)
        return Piece(share.text, share.reasoning)

    def _whole(self, share: Share, reason: object, model: object, usage: Members) -> Piece:
        news = name(model) if model != self._model else None
        self._model = model
        reason = name(reason)
        return Piece(
            text=share.text,
            reasoning=share.reasoning,
            finish_reason=FINISH_REASONS.get(reason.lower(), reason) if reason else None,
            model=news,
            prompt_tokens=count(usage.get("prompt_tokens")),
            completion_tokens=count(usage.get("completion_tokens")),
            recast=share.recast,
        )

    def _share(self, delta: Members) -> Share:
        content, reasoning = delta.get("content"), ""
        said = text(content)
        if len(delta) > 1 or not said:
            reasoning = _reasoning(delta)
            said = said or text(delta.get("refusal")) or _parts(content, "text")
        if not (said or reasoning):
            return NO_SHARE
        tags = self._tags
        if tags is None:
            return Share(said, reasoning)
        if reasoning:
            tags.settle()
        share = tags.feed(said) if said else NO_SHARE
        return share if not reasoning else share._replace(reasoning=reasoning + share.reasoning)


def parse(data: bytes) -> object:
    """Parse JSON; bytes that are no UTF-8 and half surrogate pairs are replaced, not refused.

    Raises ValueError or RecursionError.
    """
    try:
        return cast("object", jiter.from_json(data))
    except ValueError:
        # The standard library takes what a strict parser does not.
        return cast("object", json.loads(data.decode(errors="replace")))


def _reasoning(delta: Members) -> str:
    for field in REASONING_FIELDS:
        if said := text(delta.get(field)):
            return said
    return _parts(delta.get("reasoning_details"), "text") or _parts(
        delta.get("content"), "thinking"
    )


def _parts(value: object, kind: str) -> str:
    """Join what is under `kind` in a list of parts, which may itself be such a list."""
    if not isinstance(value, list):
        return ""
    said = (members(part).get(kind) for part in value)
    return "".join(text(one) or _parts(one, "text") for one in said)
