"""Kicks and revocations: messages on `control.revoke` that close listeners of every gateway."""

from nats.aio.client import Client
from pydantic import ValidationError

from services.realtime.admission.revocations import Revocations
from services.realtime.close_codes import REVOKED, ROTATED
from services.realtime.nats_reading.feed import LiveMessage, subscribe
from services.realtime.rooms.hub import Hub
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import REVOKE_SUBJECT
from services.shared.process.logging import get_logger

log = get_logger("realtime.revoking")


async def apply_revocations(client: Client, hub: Hub, revocations: Revocations) -> None:
    """Apply each revocation that is published from now on; log and ignore malformed messages."""

    def receive(message: LiveMessage) -> None:
        try:
            revocation = Revocation.model_validate_json(message.payload)
        except ValidationError as error:
            log.warning("control_message_refused", faults=error.error_count())
            return
        revocations.add(revocation)
        close_reason = ROTATED if revocation.come_back else REVOKED
        ended = hub.end_listeners(close_reason, user=revocation.user, group=revocation.group)
        log.info("sent_away", ended=ended, code=close_reason.code)

    await subscribe(client, REVOKE_SUBJECT, receive)
