"""Fenced publishing: a message from a writer that has lost its right to the subject is refused.

nats-py buffers what it cannot write while its connection breaks, and so does the network. Both
deliver it later, when another writer may have taken over. So every message names the one that it
follows, and the server compares (`Nats-Expected-Last-Subject-Sequence`).
"""

from dataclasses import dataclass

from nats.js.api import PubAck

from services.shared.bus.connection import Bus
from services.shared.bus.errors import OvertakenError
from services.shared.bus.publishing import Assure


@dataclass(slots=True)
class Fence:
    """One writer's right to publish on `subject`.

    `assure` and `confirm` raise once the right is lost. `assure` is awaited before every try, and
    may rely on what was true a moment ago. `confirm` is awaited after another writer has published,
    and may not. `newest` is the subject's newest message, as far as this writer knows.
    """

    bus: Bus
    subject: str
    assure: Assure
    confirm: Assure
    newest: int = 0

    async def publish(self, payload: bytes, message_id: str) -> PubAck:
        """Store a message as `Bus.publish` does, unless this writer has lost its right.

        Raises what `confirm` raises, and what `assure` raises except `BusAwayError`.
        """
        while True:
            try:
                ack = await self.bus.publish_after(
                    self.newest, self.subject, payload, message_id, assure=self.assure
                )
            except OvertakenError as error:
                # Another writer has published, perhaps one that took over. Or it is this message,
                # whose ack was lost: the next try finds it by its id.
                self.newest = error.newest
                await self.confirm()
            else:
                self.newest = max(self.newest, ack.seq)
                return ack
