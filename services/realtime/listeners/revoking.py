"""Kicks and revocations: messages on `control.revoke` that close listeners of every gateway."""

import asyncio

from pydantic import ValidationError

from services.realtime.admission.gatekeeper import claims_of
from services.realtime.admission.revocations import Revocations
from services.realtime.close_codes import REVOKED, ROTATED, TOKEN_EXPIRED, CloseReason
from services.realtime.nats_reading.feed import LiveMessage, subscribe
from services.realtime.rooms.hub import Hub
from services.shared.bus.connection import Bus
from services.shared.bus.errors import NoStreamError
from services.shared.bus.messages import Revocation
from services.shared.bus.stored_messages import read_batches
from services.shared.bus.subjects import CONTROL, REVOKE_SUBJECT
from services.shared.process.logging import get_logger

log = get_logger("realtime.revoking")


class Revoking:
    """Applies revocations as they are published, and those that were published before."""

    def __init__(self, bus: Bus, hub: Hub, revocations: Revocations) -> None:
        self._bus = bus
        self._hub = hub
        self._revocations = revocations

    async def listen(self) -> None:
        """Apply each revocation that is published from now on."""
        await subscribe(self._bus.client, REVOKE_SUBJECT, self._receive)

    async def read_stored(self) -> None:
        """Apply the revocations that the stream holds; raises `BusAwayError`.

        Those that were received already are applied again, which changes nothing. An older web has
        not made the stream: then there is nothing to read.
        """
        count = 0
        try:
            async for batch in read_batches(self._bus, CONTROL, REVOKE_SUBJECT):
                for stored in batch:
                    revocation = _read(stored.payload)
                    if revocation is not None:
                        self._revocations.add(revocation, stored.stored_at.timestamp())
                count += len(batch)
                await asyncio.sleep(0)
        except NoStreamError:
            log.warning("revocations_not_stored", stream=CONTROL)
        log.info("revocations_read", count=count, ended=self._end_revoked())

    def _receive(self, message: LiveMessage) -> None:
        revocation = _read(message.payload)
        if revocation is None:
            return
        self._revocations.add(revocation)
        reason = _close_reason(revocation)
        ended = self._hub.end_listeners(reason, user=revocation.user, group=revocation.group)
        log.info("sent_away", ended=ended, code=reason.code)

    def _end_revoked(self) -> int:
        """Close the listeners whose tokens are refused by now; return how many."""
        ended = 0
        for listener in self._hub.listeners:
            reason = self._revocations.reason(claims_of(listener.admission))
            if reason is not None:
                listener.end(reason)
                ended += 1
        return ended


def _read(payload: bytes) -> Revocation | None:
    """Read a message; log one that is malformed, and return None."""
    try:
        return Revocation.model_validate_json(payload)
    except ValidationError as error:
        log.warning("control_message_refused", faults=error.error_count())
        return None


def _close_reason(revocation: Revocation) -> CloseReason:
    if revocation.come_back:
        return ROTATED
    return TOKEN_EXPIRED if revocation.renew else REVOKED
