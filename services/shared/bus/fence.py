"""Publishing on a subject that another writer may take over: what comes late is refused.

nats-py keeps what it cannot write at the moment at which its connection goes, and so does the
network. Both deliver it afterwards, when somebody else may have gone on. So every message names the
one that it follows, and the server compares (`Nats-Expected-Last-Subject-Sequence`).
"""

from dataclasses import dataclass

from nats.js.api import PubAck

from services.shared.bus.connection import Assure, Bus, OvertakenError


@dataclass(slots=True)
class Fence:
    """One writer's right to publish on `subject`.

    `assure` and `confirm` raise once it is lost: the first is awaited before every try and may be
    content with what was true a moment ago; the second is awaited when somebody else has published,
    and may not. `newest` is the subject's newest message, as far as this writer knows.
    """

    bus: Bus
    subject: str
    assure: Assure
    confirm: Assure
    newest: int = 0

    async def publish(self, payload: bytes, message_id: str) -> PubAck:
        """Store a message as `Bus.publish` does, unless this writer has lost its right.

        Raises what `confirm` does, and what `assure` does but for `BusAwayError`.
        """
        while True:
            try:
                ack = await self.bus.publish_after(
                    self.newest, self.subject, payload, message_id, assure=self.assure
                )
            except OvertakenError as error:
                # Anybody may publish on the subject, also who has taken over. This very message is
                # there, too, where its ack was lost, and the next try finds it by its id.
                self.newest = error.newest
                await self.confirm()
            else:
                self.newest = max(self.newest, ack.seq)
                return ack
