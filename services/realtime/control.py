"""What operators and web tell all gateways, on `control.*`: whom to send away."""

from nats.aio.client import Client
from pydantic import ValidationError

from services.realtime.admission.revocations import Revocations
from services.realtime.close_codes import REVOKED, ROTATED
from services.realtime.nats_reading.feed import Message, listen
from services.realtime.rooms.hub import Hub
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import REVOKE_SUBJECT
from services.shared.process.logging import get_logger

log = get_logger("realtime.control")


async def obey(client: Client, hub: Hub, revocations: Revocations) -> None:
    """Obey what is published from now on; what nobody could have meant is logged and ignored."""

    def receive(message: Message) -> None:
        try:
            revocation = Revocation.model_validate_json(message.payload)
        except ValidationError as error:
            log.warning("control_message_refused", faults=error.error_count())
            return
        revocations.add(revocation)
        ending = ROTATED if revocation.come_back else REVOKED
        ended = hub.end(ending, user=revocation.user, group=revocation.group)
        log.info("sent_away", ended=ended, code=ending.code)

    await listen(client, REVOKE_SUBJECT, receive)
