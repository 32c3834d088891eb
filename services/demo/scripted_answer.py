"""Writes an answer at its rate, as events or as one body, and fails where the script says so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.demo.commands import script_of
from services.demo.errors import SERVER_ERROR
from services.demo.schema import ChatRequest
from services.demo.script import WORDLESS, Script, StreamFault, Thinking
from services.demo.settings import DemoSettings
from services.demo.tokens import estimate_tokens, pace, split_tokens
from services.demo.wire import (
    DONE,
    Completion,
    FinishReason,
    Usage,
    encode,
    event,
    tool_call,
    usage_figures,
)

LONGEST_STALL_SECONDS = 600
RUBBISH = b'{"choices":[{"delta":{"content":<<'


class DroppedError(Exception):
    """The connection is to be dropped in the middle of the answer."""


@dataclass(frozen=True, slots=True)
class ScriptedAnswer:
    """One answer, complete before its first byte is sent."""

    completion: Completion
    reasoning: tuple[str, ...]
    tokens: tuple[str, ...]
    per_second: float
    first_token_seconds: float
    finish_reason: FinishReason
    tool: str
    fault: StreamFault | None
    usage: Usage


def plan(request: ChatRequest, settings: DemoSettings) -> ScriptedAnswer:
    """Decide the answer to `request`; raise InvalidRequestError if it asks for an error."""
    script = script_of(request)
    reasoning, tokens = (split_tokens(part) for part in _parts(script))
    limit = request.longest_answer() or len(reasoning) + len(tokens)
    thought = reasoning[:limit]
    said = tokens[: limit - len(thought)]
    complete = len(thought) + len(said) == len(reasoning) + len(tokens)
    prompt = sum(estimate_tokens(message.text()) for message in request.messages)
    return ScriptedAnswer(
        completion=Completion(request.model, reports_usage=request.reports_usage()),
        reasoning=thought,
        tokens=said,
        per_second=script.tokens_per_second or settings.tokens_per_second,
        first_token_seconds=settings.first_token_ms / 1000,
        finish_reason=script.finish_reason if complete else "length",
        tool=script.tool,
        fault=script.fault,
        usage=usage_figures(prompt, len(thought) + len(said)),
    )


async def stream_events(answer: ScriptedAnswer) -> AsyncIterator[bytes]:
    """Yield the answer as server-sent events; raise DroppedError to drop the connection."""
    completion = answer.completion
    await asyncio.sleep(answer.first_token_seconds)
    if answer.fault not in WORDLESS:
        yield completion.delta({"role": "assistant", "content": ""})
        async for events in _texts(answer):
            yield events
    if answer.fault:
        yield await _fail(answer.fault, framed=True)
    else:
        if answer.tool:
            yield completion.delta({"tool_calls": [tool_call(answer.tool)]})
        ending = completion.delta({}, answer.finish_reason)
        yield ending + completion.usage(answer.usage) + DONE


async def write_whole(answer: ScriptedAnswer) -> AsyncIterator[bytes]:
    """Yield the answer as one JSON body, after the time that its stream would take."""
    await asyncio.sleep(answer.first_token_seconds)
    async for _ in pace(answer.reasoning + answer.tokens, answer.per_second):
        pass
    if answer.fault and answer.fault is not StreamFault.CUT:
        yield await _fail(answer.fault, framed=False)
    else:
        reason = None if answer.fault else answer.finish_reason
        reasoning, text = "".join(answer.reasoning), "".join(answer.tokens)
        yield answer.completion.whole(text, reason, answer.usage, reasoning)


def _parts(script: Script) -> tuple[str, str]:
    """Return the reasoning and the text of the answer."""
    match script.thinking:
        case Thinking.NOT:
            return "", script.text
        case Thinking.IN_FIELD:
            return script.reasoning, script.text
        case Thinking.IN_TAGS:
            return "", f"<think>\n{script.reasoning}</think>\n\n{script.text}"


async def _texts(answer: ScriptedAnswer) -> AsyncIterator[bytes]:
    parts = (("reasoning_content", answer.reasoning), ("content", answer.tokens))
    for field, tokens in parts:
        before, after = answer.completion.around(field)
        async for batch in pace(tokens, answer.per_second):
            yield b"".join([before + encode(token) + after for token in batch])


async def _fail(fault: StreamFault, *, framed: bool) -> bytes:
    match fault:
        case StreamFault.CUT | StreamFault.NOTHING:
            return b""
        case StreamFault.DISCONNECT:
            raise DroppedError
        case StreamFault.STALL | StreamFault.TIMEOUT:
            await asyncio.sleep(LONGEST_STALL_SECONDS)
            return b""
        case StreamFault.MALFORMED:
            return event(RUBBISH) if framed else RUBBISH
        case StreamFault.IN_STREAM:
            body = encode(SERVER_ERROR.body())
            return event(body) if framed else body
