"""Publishing that retries until the message is stored."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from nats.js.api import PubAck

from services.shared.bus.acks import Acks
from services.shared.bus.errors import (
    CONNECTION_FAULTS,
    BusAwayError,
    OvertakenError,
    PublishRefusedError,
)
from services.shared.process.logging import get_logger

RETRY_SECONDS: Final = 0.25
GIVE_UP_SECONDS: Final = 60.0
# How long a server may act as leader after it has lost the lead.
STALE_SECONDS: Final = 2.0
# An error code of JetStream's API.
WRONG_LAST_SEQUENCE: Final = 10071

type Assure = Callable[[], Awaitable[None]]
"""Awaited before every try; what it raises ends them, except `BusAwayError`."""

log = get_logger("bus")


async def nothing_to_assure() -> None:
    """Allow every try."""


async def publish_until_stored(
    acks: Acks,
    subject: str,
    headers: Mapping[str, str],
    payload: bytes,
    *,
    assure: Assure = nothing_to_assure,
    last: int = 0,
) -> PubAck:
    """Publish until an ack comes; raise `BusAwayError` after a minute.

    Raises `OvertakenError` if the server expected another last sequence than `last`. A server that
    names an older one does not know `last` yet: it is asked again, for two seconds.
    """
    clock = asyncio.get_running_loop().time
    started = clock()
    is_logged = False
    while True:
        try:
            await assure()
            return await acks.publish(subject, headers, payload)
        except (PublishRefusedError, BusAwayError, *CONNECTION_FAULTS) as error:
            waited = clock() - started
            newest = _newest(error)
            if newest is not None and (newest >= last or waited > STALE_SECONDS):
                raise OvertakenError(f"not the next on {subject}", newest) from error
            if waited > GIVE_UP_SECONDS:
                raise BusAwayError(f"nothing stored on {subject}") from error
            if not is_logged:
                log.warning("publish_retried", subject=subject, error=repr(error))
            is_logged = True
        await asyncio.sleep(RETRY_SECONDS)


def _newest(error: Exception) -> int | None:
    """Return the number in the refusal "wrong last sequence: 7"; None for other errors."""
    if not isinstance(error, PublishRefusedError) or error.code != WRONG_LAST_SEQUENCE:
        return None
    number = error.reason.rpartition(" ")[2]
    return int(number) if number.isdecimal() else None
