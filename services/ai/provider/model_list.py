"""Keeps what an endpoint lists: asked for once at a time, and given while it is renewed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from services.ai.provider.errors import EndpointError
from services.ai.provider.listing import Listing

FRESH_SECONDS: Final = 300.0
FORGIVEN_SECONDS: Final = 30.0
"""How long after a failure nobody waits for the list who can do without."""
HURRY_SECONDS: Final = 2.0

type Ask = Callable[[], Awaitable[Listing | EndpointError]]


@dataclass(slots=True)
class _Kept:
    listing: Listing | None = None
    listed_at: float = float("-inf")
    failed_at: float = float("-inf")


class ModelList:
    """One endpoint's list; `ask` gets it anew, and must return what goes wrong, not raise it."""

    def __init__(self, ask: Ask, tasks: asyncio.TaskGroup) -> None:
        self._ask = ask
        self._tasks = tasks
        self._kept = _Kept()
        self._flight: asyncio.Task[Listing | EndpointError] | None = None

    async def get(self) -> Listing:
        """Return the list, an old one while it is renewed. Raises EndpointError if there is none.

        An error of the endpoint leaves an old list in place.
        """
        kept = self._kept
        if kept.listing is not None:
            if _now() - kept.listed_at > FRESH_SECONDS and not self._has_just_failed():
                _ = self._fly()
            return kept.listing
        listing = await asyncio.shield(self._fly())
        if isinstance(listing, EndpointError):
            raise listing
        return listing

    async def glance(self) -> Listing:
        """Return the list if it is to be had within two seconds, else an empty one."""
        if self._kept.listing is None and self._has_just_failed():
            return Listing()
        try:
            async with asyncio.timeout(HURRY_SECONDS):
                return await self.get()
        except (TimeoutError, EndpointError):
            return Listing()

    def close(self) -> None:
        """End what is under way."""
        if self._flight is not None:
            self._flight.cancel()

    def _has_just_failed(self) -> bool:
        return _now() - self._kept.failed_at < FORGIVEN_SECONDS

    def _fly(self) -> asyncio.Task[Listing | EndpointError]:
        if self._flight is None or self._flight.done():
            self._flight = self._tasks.create_task(self._renew())
        return self._flight

    async def _renew(self) -> Listing | EndpointError:
        listing = await self._ask()
        if isinstance(listing, Listing):
            self._kept = _Kept(listing, listed_at=_now())
        else:
            self._kept.failed_at = _now()
        return listing


def _now() -> float:
    return asyncio.get_running_loop().time()
