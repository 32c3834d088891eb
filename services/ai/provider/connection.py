"""One connection to an OpenAI-compatible endpoint, which streams chat completions."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import httpx2
import openai

from services.ai.provider.answer_stream import AnswerStream
from services.ai.provider.asking import Ask
from services.ai.provider.chunks import ChunkReader, Piece
from services.ai.provider.dialect import Request, refuses_continuation
from services.ai.provider.errors import ContinuationRefusedError
from services.ai.provider.faults import Fault, read_fault
from services.ai.provider.knowledge import Knowledge
from services.ai.provider.listing import ModelInfo
from services.ai.provider.masking import Mask
from services.ai.provider.refusals import Refusal
from services.ai.provider.retries import pause_before_retry
from services.ai.provider.sending import send
from services.ai.provider.settings import ConnectionSettings, Timeouts

type Waits = Callable[[float], None]
"""Told how many seconds pass before the endpoint is asked again."""


def unnoticed(_seconds: float) -> None:
    """Wait without a word to anybody."""


class Connection:
    """One endpoint: how to ask it, and what has been learned of it."""

    def __init__(
        self,
        name: str,
        settings: ConnectionSettings,
        client: openai.AsyncOpenAI,
        knowledge: Knowledge,
        timeouts: Timeouts,
    ) -> None:
        self.name = name
        self.settings = settings
        self._client = client
        self._knowledge = knowledge
        self._timeouts = timeouts
        self.mask = Mask.of(settings, name)

    @asynccontextmanager
    async def answer(
        self, ask: Ask, waits: Waits = unnoticed
    ) -> AsyncIterator[AsyncIterator[Piece]]:
        """Ask, and give the stream of the answer's pieces.

        Leaving the context closes the connection, which is what stops the model: leaving the loop
        alone does not. Whatever goes wrong, inside or before, is raised as EndpointError, and as
        ContinuationRefusedError where `ask.begun` is what the endpoint does not want, or where it
        cannot be told what it adds to that; none of its text has come then.
        """
        async with AsyncExitStack() as stack:
            response = await self._open(ask, stack, waits)
            stream = AnswerStream(response, ChunkReader(ask), self._timeouts, self.mask)
            yield await stack.enter_async_context(aclosing(stream.pieces()))

    async def can_continue(self) -> bool:
        """Tell whether the endpoint goes on with an answer that was begun, as far as is known."""
        return bool(await self._knowledge.continuation())

    async def context_tokens(self, model: str | None) -> int | None:
        """Return what the model can read at once, or None; never waits for more than 2 seconds."""
        return await self._knowledge.context_tokens(model)

    def learn_context_tokens(self, model: str | None, tokens: int) -> None:
        """Remember what the model can read at once."""
        name = model or self.settings.model or self.settings.deployment
        if name:
            self._knowledge.learn_context_tokens(name, tokens)

    async def models(self) -> tuple[ModelInfo, ...]:
        """Return the models that the endpoint lists, perhaps as it did some minutes ago.

        Raises EndpointError where it has never listed any.
        """
        return (await self._knowledge.list.get()).models

    async def _open(self, ask: Ask, stack: AsyncExitStack, waits: Waits) -> httpx2.Response:
        """Ask until there is an answer: in other words, or again where that may help."""
        retries = 0
        while True:
            response = await self._try(ask, stack)
            if isinstance(response, httpx2.Response):
                return response
            if response is None:
                continue
            pause = pause_before_retry(response, retries)
            if pause is None:
                # Not where it was caught: what the endpoint said is to be no part of it.
                raise response.error
            waits(pause)
            await asyncio.sleep(pause)
            retries += 1

    async def _try(self, ask: Ask, stack: AsyncExitStack) -> httpx2.Response | Fault | None:
        """Ask once; None where there is something to be said in another way."""
        request: Request | None = None
        try:
            request = await self._write(ask)
            return await send(self._client, request, stack, self._timeouts.idle)
        except Exception as error:  # noqa: BLE001 - whatever an endpoint does is its fault
            fault = read_fault(error, self.mask)
        if request is None:
            return fault
        fault.error.model = self.mask.name(request.model)
        if fault.refusal is None:
            return fault
        return self._learn(request, fault, fault.refusal)

    def _learn(self, request: Request, fault: Fault, refusal: Refusal) -> Fault | None:
        """Learn from a refusal; None where that gives another way to ask."""
        limit = fault.error.context_tokens
        if limit is not None:
            self._knowledge.learn_context_tokens(request.model, limit)
        if fault.error.error_class == "context_length":
            return fault
        if self._knowledge.dialect(request.model).learn(request, refusal):
            return None
        if refuses_continuation(request, refusal):
            self._knowledge.learn_refused_continuation()
            diagnosis = fault.error.diagnosis
            return Fault(ContinuationRefusedError("bad_response", diagnosis=diagnosis))
        return fault

    async def _write(self, ask: Ask) -> Request:
        model = await self._knowledge.model(ask.model)
        ways = await self._knowledge.continuation() if ask.prefill else ()
        if ask.prefill and not ways:
            raise ContinuationRefusedError("bad_response", diagnosis="CannotContinue")
        return self._knowledge.dialect(model).write(ask, model, self.settings, ways)
