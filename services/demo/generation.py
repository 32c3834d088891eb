"""Writes an answer at its pace, as events or as one body, and goes wrong where it was asked to."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.demo.errors import SERVER_ERROR
from services.demo.pacing import pace
from services.demo.requested import script_of
from services.demo.schema import ChatRequest
from services.demo.script import WORDLESS, Fault, Script, Thinking
from services.demo.settings import DemoSettings
from services.demo.tokens import estimate_tokens, split_tokens
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
    """Raised where the connection shall be dropped with the answer unfinished."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One answer, decided in full before its first byte."""

    completion: Completion
    reasoning: tuple[str, ...]
    tokens: tuple[str, ...]
    per_second: float
    first_token_seconds: float
    finish_reason: FinishReason
    tool: str
    fault: Fault | None
    usage: Usage


def plan(request: ChatRequest, settings: DemoSettings) -> Generation:
    """Decide the answer to `request`; raise RefusedError where it asks for a refusal."""
    script = script_of(request)
    reasoning, tokens = (split_tokens(part) for part in _parts(script))
    limit = request.longest_answer() or len(reasoning) + len(tokens)
    thought = reasoning[:limit]
    said = tokens[: limit - len(thought)]
    complete = len(thought) + len(said) == len(reasoning) + len(tokens)
    prompt = sum(estimate_tokens(message.text()) for message in request.messages)
    return Generation(
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


async def stream_events(generation: Generation) -> AsyncIterator[bytes]:
    """Yield the answer as server-sent events; raise DroppedError to drop the connection."""
    completion = generation.completion
    await asyncio.sleep(generation.first_token_seconds)
    if generation.fault not in WORDLESS:
        yield completion.delta({"role": "assistant", "content": ""})
        async for events in _texts(generation):
            yield events
    if generation.fault:
        yield await _fail(generation.fault, framed=True)
    else:
        if generation.tool:
            yield completion.delta({"tool_calls": [tool_call(generation.tool)]})
        ending = completion.delta({}, generation.finish_reason)
        yield ending + completion.usage(generation.usage) + DONE


async def write_whole(generation: Generation) -> AsyncIterator[bytes]:
    """Yield the answer as one JSON body, once the time its stream would take has passed."""
    await asyncio.sleep(generation.first_token_seconds)
    async for _ in pace(generation.reasoning + generation.tokens, generation.per_second):
        pass
    if generation.fault and generation.fault is not Fault.CUT:
        yield await _fail(generation.fault, framed=False)
    else:
        reason = None if generation.fault else generation.finish_reason
        reasoning, text = "".join(generation.reasoning), "".join(generation.tokens)
        yield generation.completion.whole(text, reason, generation.usage, reasoning)


def _parts(script: Script) -> tuple[str, str]:
    """Return what the answer says as its reasoning and what as its text."""
    match script.thinking:
        case Thinking.NOT:
            return "", script.text
        case Thinking.IN_FIELD:
            return script.reasoning, script.text
        case Thinking.IN_TAGS:
            return "", f"<think>\n{script.reasoning}</think>\n\n{script.text}"


async def _texts(generation: Generation) -> AsyncIterator[bytes]:
    parts = (("reasoning_content", generation.reasoning), ("content", generation.tokens))
    for field, tokens in parts:
        before, after = generation.completion.around(field)
        async for batch in pace(tokens, generation.per_second):
            yield b"".join([before + encode(token) + after for token in batch])


async def _fail(fault: Fault, *, framed: bool) -> bytes:
    match fault:
        case Fault.CUT | Fault.NOTHING:
            return b""
        case Fault.DISCONNECT:
            raise DroppedError
        case Fault.STALL | Fault.TIMEOUT:
            await asyncio.sleep(LONGEST_STALL_SECONDS)
            return b""
        case Fault.MALFORMED:
            return event(RUBBISH) if framed else RUBBISH
        case Fault.IN_STREAM:
            body = encode(SERVER_ERROR.body())
            return event(body) if framed else body
