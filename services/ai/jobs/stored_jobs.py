"""Stores a job unchanged on another subject, with remarks in its headers."""

from collections.abc import Mapping
from typing import Final

import nats.js.errors
from nats.aio.msg import Msg
from nats.js.api import Header

from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError

ACK_SECONDS: Final = 5.0


def stored_name(message: Msg) -> str:
    """Return a name for a stored message that stays unique when the stream is made anew."""
    metadata = message.metadata
    milliseconds = round(metadata.timestamp.timestamp() * 1000)
    return f"{metadata.sequence.stream}-{milliseconds:x}"


async def store_job(
    bus: Bus, subject: str, payload: bytes, message_id: str, remarks: Mapping[str, str]
) -> None:
    """Store a job on `subject`, once, with `remarks` as headers if there is room for them.

    Raises `BusAwayError` where the bus refuses or is away, and `MessageTooLargeError` for a job
    that fills a message to its last byte.
    """
    needed = {Header.MSG_ID.value: message_id}
    headers = {**needed, **remarks}
    if not bus.fits(headers, payload):
        headers = needed
    headers = dict(bus.traced(headers, payload))
    try:
        await bus.jetstream.publish(subject, payload, timeout=ACK_SECONDS, headers=headers)
    except (nats.js.errors.Error, *CONNECTION_FAULTS) as error:
        raise BusAwayError(f"nothing stored on {subject}") from error
