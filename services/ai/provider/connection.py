"""One OpenAI-compatible endpoint: asks it for answers, again or in another way where that helps."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import httpx2
import openai

from services.ai.provider.ask import Ask
from services.ai.provider.discovery.knowledge import Knowledge
from services.ai.provider.errors import ContinuationRefusedError, EndpointError
from services.ai.provider.refusals.addresses import suggested_address
from services.ai.provider.refusals.faults import Fault, read_fault
from services.ai.provider.refusals.masking import Mask
from services.ai.provider.refusals.refusal import Refusal
from services.ai.provider.request.dialect import Request, refuses_continuation
from services.ai.provider.request.sending import pause_before_retry, send
from services.ai.provider.settings import ConnectionSettings, Timeouts
from services.ai.provider.stream.answer_stream import AnswerStream
from services.ai.provider.stream.chunks import ChunkReader
from services.ai.provider.stream.pieces import Piece
from services.shared.bus.answer_errors import EndpointDetails

type OnWait = Callable[[float], None]
"""Called with the seconds that pass before the endpoint is asked again."""


def ignore_wait(_seconds: float) -> None:
    """Ignore a wait."""


class Connection:
    """One endpoint, and what is known of it."""

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
        self.knowledge = knowledge
        self._timeouts = timeouts
        self.mask = Mask.of(settings, name)

    @asynccontextmanager
    async def answer(
        self, ask: Ask, on_wait: OnWait = ignore_wait
    ) -> AsyncIterator[AsyncIterator[Piece]]:
        """Ask, and yield the stream of the answer's pieces.

        Leaving the context closes the connection, which stops the model; leaving the loop alone
        does not. All faults, before and within the answer, are raised as EndpointError; as
        ContinuationRefusedError where the endpoint refuses `ask.begun`, or where it is undecidable
        what it adds. None of its text has been yielded then.
        """
        async with AsyncExitStack() as stack:
            response = await self._open(ask, stack, on_wait)
            stream = AnswerStream(response, ChunkReader(ask), self._timeouts, self.mask)
            yield await stack.enter_async_context(aclosing(stream.pieces()))

    def details(
        self,
        error: EndpointError | None = None,
        *,
        model: str | None = None,
        tools: Iterable[str] = (),
    ) -> EndpointDetails:
        """Return what a reader may see of this endpoint and of how an answer ended, all masked."""
        settings, mask = self.settings, self.mask
        error = error or EndpointError("bad_response")
        named = error.model or mask.name(model or settings.model or settings.deployment or "")
        suggestion = error.suggestion
        if error.error_class == "not_found":
            suggestion = suggestion or mask.address(suggested_address(settings.address))
        return EndpointDetails(
            connection=mask.name(self.name),
            model=named,
            address=error.address or mask.address(settings.address),
            suggestion=suggestion,
            status=error.status,
            tool=", ".join(mask.name(tool) for tool in tools),
            said=error.said,
        )

    async def _open(self, ask: Ask, stack: AsyncExitStack, on_wait: OnWait) -> httpx2.Response:
        """Ask until there is an answer: in another way, or again where that may help."""
        retries = 0
        while True:
            response = await self._try(ask, stack)
            if isinstance(response, httpx2.Response):
                return response
            if response is None:
                continue
            pause = pause_before_retry(response, retries)
            if pause is None:
                # Raised here: its cause holds what the endpoint said, and must not be chained.
                raise response.error
            on_wait(pause)
            await asyncio.sleep(pause)
            retries += 1

    async def _try(self, ask: Ask, stack: AsyncExitStack) -> httpx2.Response | Fault | None:
        """Ask once; return None where the request is to be written in another way."""
        request: Request | None = None
        try:
            request = await self._write(ask)
            return await send(self._client, request, stack, self._timeouts.idle)
        except Exception as error:  # noqa: BLE001 - any error here is the endpoint's
            fault = read_fault(error, self.mask)
        if request is None:
            return fault
        fault.error.model = self.mask.name(request.model)
        if fault.refusal is None:
            return fault
        return self._learn(request, fault, fault.refusal)

    def _learn(self, request: Request, fault: Fault, refusal: Refusal) -> Fault | None:
        """Learn from a refusal; return None where there is another way to ask."""
        limit = fault.error.context_tokens
        if limit is not None:
            self.knowledge.learn_context_tokens(request.model, limit)
        if fault.error.error_class == "context_length":
            return fault
        if self.knowledge.dialect(request.model).learn(request, refusal):
            return None
        if refuses_continuation(request, refusal):
            self.knowledge.learn_refused_continuation()
            diagnosis = fault.error.diagnosis
            return Fault(ContinuationRefusedError("bad_response", diagnosis=diagnosis))
        return fault

    async def _write(self, ask: Ask) -> Request:
        model = await self.knowledge.model(ask.model)
        ways = await self.knowledge.continuation() if ask.prefill else ()
        if ask.prefill and not ways:
            raise ContinuationRefusedError("bad_response", diagnosis="CannotContinue")
        return self.knowledge.dialect(model).write(ask, model, self.settings, ways)
