"""Reads the logs of the answers that grow while a page is rendered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from pydantic import ValidationError

from services.shared.bus.answer_log import LoggedAnswer, read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import Cursor
from services.shared.process.logging import get_logger
from services.web.messages.model import Message

# The clocks of PostgreSQL and NATS may differ by this much.
SKEW: Final = timedelta(seconds=5)
# A page waits no longer for a bus that hangs; its stream brings what it does not show.
READ_SECONDS: Final = 1.5

log = get_logger("web.messages")


@dataclass(frozen=True, slots=True)
class OpenAnswers:
    """The logs of a chat's queued answers; `known` is False if one could not be read."""

    known: bool = True
    logged: Mapping[int, LoggedAnswer] = field(default_factory=dict)

    def of(self, message: Message) -> LoggedAnswer | None:
        """Return an answer's log up to what pages have; None without one of the same run."""
        logged = self.logged.get(message.id)
        if logged is None or message.status != "queued" or logged.run != message.run:
            return None
        return None if _is_older(logged, message) else logged.as_shown()

    def since(self, head: Cursor | None, messages: Sequence[Message]) -> Cursor | None:
        """Return the position in the stream after which a page with these messages must listen.

        `head` was read before everything else. None if the position is unknown.
        """
        shown = [logged.shown for message in messages if (logged := self.of(message))]
        is_open = any(message.status == "queued" for message in messages)
        if head is None or (is_open and not self.known):
            return None
        return Cursor(head.epoch, min([head.sequence, *(place for place in shown if place)]))


def _is_older(logged: LoggedAnswer, message: Message) -> bool:
    """Return whether a log is from another database's message, with the same id on this bus."""
    return logged.written_at is not None and logged.written_at < message.created_at - SKEW


async def read_open_answers(bus: Bus, message_ids: Sequence[int]) -> OpenAnswers:
    """Read the logs of these answers; the caller reads their rows afterwards.

    So an answer that ends in between is shown from its row, and no text is missed.
    """
    if message_ids and not bus.client.is_connected:
        return OpenAnswers(known=False)
    logged: dict[int, LoggedAnswer] = {}
    for message_id in message_ids:
        try:
            async with asyncio.timeout(READ_SECONDS):
                found = await read_answer_log(bus, message_id)
        except (BusAwayError, TimeoutError) as error:
            log.warning("text_log_unread", message_id=message_id, error=repr(error))
            return OpenAnswers(known=False)
        except ValidationError:
            log.error("text_log_refused", message_id=message_id)  # noqa: TRY400 - the trace would hold the answer
        else:
            if found:
                logged[message_id] = found
    return OpenAnswers(logged=logged)
