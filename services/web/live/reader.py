"""Looks again and again whether the reader of a page is still signed in."""

from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from starlette.requests import Request

from services.web.accounts.guards import still_signed_in
from services.web.errors import DatabaseAwayError
from services.web.state import State

LOOK_SECONDS: Final = 1.0


@dataclass(slots=True)
class Reader:
    """Who reads a page that streams; the guards of `request` let it pass at the beginning."""

    request: Request[State]
    _looked_at: float = field(default_factory=monotonic)

    async def look(self) -> None:
        """Check the session if that was a second ago; raises `NotSignedInError`.

        While the database is away, no session can be ended.
        """
        if monotonic() - self._looked_at >= LOOK_SECONDS:
            # `connection` has logged it.
            with suppress(DatabaseAwayError):
                await self.check()

    async def check(self) -> None:
        """Check the session now; raises `NotSignedInError`."""
        self._looked_at = monotonic()
        await still_signed_in(self.request)
