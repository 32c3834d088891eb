"""Coming back with a cursor: how long until everything that was missed is there."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from tests.load.loader.handshake import Offer
from tests.load.loader.opening import open_one
from tests.load.loader.sockets import Texts

MISSED_SECONDS: Final = 5.0
_REFRESH: Final = b'action="refresh"'


class NotResumedError(Exception):
    """A replay was not complete or not in order; the text says how."""


@dataclass(slots=True)
class CatchUp:
    """Counts down what one socket missed."""

    missing: int
    done: asyncio.Future[None]
    refreshed: bool = False

    def count(self, data: bytes, texts: Texts) -> None:
        """Take off what has come; a refresh instead means that the server gave up."""
        self.missing -= len(texts)
        self.refreshed = self.refreshed or _REFRESH in data
        if (self.missing <= 0 or self.refreshed) and not self.done.done():
            self.done.set_result(None)


async def resume(offer: Offer, missed: int) -> float:
    """Return the ms from the connection's begin to the last of `missed` publications.

    Raises NotResumedError where it came otherwise, and RefusedError or OSError where it did not
    come to that.
    """
    catch_up = CatchUp(missed, asyncio.get_running_loop().create_future())
    began = time.perf_counter()
    client = await open_one(offer, catch_up.count, _nothing)
    try:
        async with asyncio.timeout(MISSED_SECONDS):
            await catch_up.done
    except TimeoutError:
        raise NotResumedError(f"{catch_up.missing} missing after {MISSED_SECONDS:g} s") from None
    finally:
        client.close()
    if catch_up.refreshed:
        raise NotResumedError("a refresh instead")
    if catch_up.missing:
        raise NotResumedError(f"{-catch_up.missing} too many")
    return (time.perf_counter() - began) * 1000


def _nothing() -> None:
    return None
