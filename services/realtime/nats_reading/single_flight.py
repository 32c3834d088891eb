"""Single-flight: questions that are asked while a request is out share the next request."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

type Request[K, V] = Callable[[list[K]], Awaitable[Mapping[K, V]]]


@dataclass(slots=True)
class _Flight[K, V]:
    """The keys of one request, and its answer for all who asked."""

    answer: asyncio.Future[Mapping[K, V]]
    keys: list[K] = field(default_factory=list)


class SingleFlight[K, V]:
    """Answers with a request that began after the question, never with an older one."""

    def __init__(self, request: Request[K, V]) -> None:
        self._request = request
        self._next: _Flight[K, V] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, key: K) -> Mapping[K, V]:
        """Return the answer to a request with `key` among its keys, or raise what it raised."""
        while True:
            if self._next is None:
                return await self._lead(key)
            flight = self._next
            flight.keys.append(key)
            try:
                return await asyncio.shield(flight.answer)
            except _AbandonedError:
                continue

    async def _lead(self, key: K) -> Mapping[K, V]:
        flight = self._next = _Flight(asyncio.get_running_loop().create_future(), [key])
        try:
            async with self._one_at_a_time:
                self._next = None
                answer = await self._request(flight.keys)
        except BaseException as error:
            if self._next is flight:
                self._next = None
            is_fault = isinstance(error, Exception)
            flight.answer.set_exception(error if is_fault else _AbandonedError())
            flight.answer.exception()  # perhaps nobody else waits for it
            raise
        flight.answer.set_result(answer)
        return answer


class _AbandonedError(Exception):
    """The task that made the request was cancelled."""
