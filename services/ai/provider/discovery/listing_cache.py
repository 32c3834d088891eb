"""Caches what an endpoint lists: single-flight, and stale while it is renewed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from services.ai.provider.discovery.listing import Listing
from services.ai.provider.errors import EndpointError

FRESH_SECONDS: Final = 300.0
FORGIVEN_SECONDS: Final = 30.0
"""How long after a failure `glance` does not wait for another try."""
GLANCE_SECONDS: Final = 2.0

type Fetch = Callable[[], Awaitable[Listing | EndpointError]]


@dataclass(slots=True)
class _Kept:
    listing: Listing | None = None
    listed_at: float = float("-inf")
    failed_at: float = float("-inf")


class ListingCache:
    """One endpoint's list; `fetch` must return an error, not raise it."""

    def __init__(self, fetch: Fetch, tasks: asyncio.TaskGroup) -> None:
        self._fetch = fetch
        self._tasks = tasks
        self._kept = _Kept()
        self._flight: asyncio.Task[Listing | EndpointError] | None = None

    async def get(self) -> Listing:
        """Return the list, perhaps an old one while it is renewed.

        An error leaves an old list in place. Raises EndpointError where there is none.
        """
        kept = self._kept
        if kept.listing is not None:
            if _now() - kept.listed_at > FRESH_SECONDS and not self._has_just_failed():
                _ = self._start()
            return kept.listing
        listing = await asyncio.shield(self._start())
        if isinstance(listing, EndpointError):
            raise listing
        return listing

    async def glance(self) -> Listing:
        """Return the list if it is there within two seconds, else an empty one."""
        if self._kept.listing is None and self._has_just_failed():
            return Listing()
        try:
            async with asyncio.timeout(GLANCE_SECONDS):
                return await self.get()
        except (TimeoutError, EndpointError):
            return Listing()

    def close(self) -> None:
        """Cancel a renewal that is under way."""
        if self._flight is not None:
            self._flight.cancel()

    def _has_just_failed(self) -> bool:
        return _now() - self._kept.failed_at < FORGIVEN_SECONDS

    def _start(self) -> asyncio.Task[Listing | EndpointError]:
        if self._flight is None or self._flight.done():
            self._flight = self._tasks.create_task(self._renew())
        return self._flight

    async def _renew(self) -> Listing | EndpointError:
        listing = await self._fetch()
        if isinstance(listing, Listing):
            self._kept = _Kept(listing, listed_at=_now())
        else:
            self._kept.failed_at = _now()
        return listing


def _now() -> float:
    return asyncio.get_running_loop().time()
