"""Questions that several ask at once, asked once: while one request is out, the next gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

type Answering[K, V] = Callable[[list[K]], Awaitable[Mapping[K, V]]]


@dataclass(slots=True)
class _Round[K, V]:
    """The keys of one request, and its answer for all who asked."""

    answer: asyncio.Future[Mapping[K, V]]
    keys: list[K] = field(default_factory=list)


class Gathering[K, V]:
    """Answers come from a request that began after the question was asked, never an older one."""

    def __init__(self, answering: Answering[K, V]) -> None:
        self._answering = answering
        self._open: _Round[K, V] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, key: K) -> Mapping[K, V]:
        """Return the answer to a request that holds `key`, or raise what the request raised."""
        while True:
            if self._open is None:
                return await self._lead(key)
            asked = self._open
            asked.keys.append(key)
            try:
                return await asyncio.shield(asked.answer)
            except _AbandonedError:
                continue

    async def _lead(self, key: K) -> Mapping[K, V]:
        asked = self._open = _Round(asyncio.get_running_loop().create_future(), [key])
        try:
            async with self._one_at_a_time:
                self._open = None
                answer = await self._answering(asked.keys)
        except BaseException as error:
            if self._open is asked:
                self._open = None
            is_fault = isinstance(error, Exception)
            asked.answer.set_exception(error if is_fault else _AbandonedError())
            asked.answer.exception()  # perhaps nobody else waits for it
            raise
        asked.answer.set_result(answer)
        return answer


class _AbandonedError(Exception):
    """Whoever made the request has been cancelled."""
