"""Which attempts at an answer wrote what, as the bus has stored it."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from nats.js.api import Header

from services.shared.bus.connection import Bus
from services.shared.bus.stored_messages import StoredMessage, read_all
from services.shared.bus.subjects import (
    AI_TEXT,
    TURBO_STREAM,
    chat_group,
    text_subject,
    turbo_stream_subject,
)

# The number of the message, the name of the attempt, and a count of what that has written.
_ATTEMPT: Final = re.compile(r"(?:text|answer)-(\d+)-(\S+)-\d+")


async def attempts_logged(bus: Bus, message_id: int) -> list[str]:
    """Return which attempts wrote to an answer's log, one after the other."""
    stored = await read_all(bus, AI_TEXT, text_subject(message_id))
    return in_turn(_attempts(stored, message_id))


async def attempts_published(bus: Bus, chat: int, message_id: int) -> list[str]:
    """Return which attempts published an answer to its chat's pages, one after the other."""
    stored = await read_all(bus, TURBO_STREAM, turbo_stream_subject(chat_group(chat)))
    return in_turn(_attempts(stored, message_id))


def in_turn(names: Iterable[str]) -> list[str]:
    """Write each name once for each turn that it has."""
    return [name for name, _ in groupby(names)]


def has_come_back(turns: Sequence[str]) -> bool:
    """Return whether an attempt wrote again after another had written."""
    return len(set(turns)) < len(turns)


def _attempts(stored: Iterable[StoredMessage], message_id: int) -> list[str]:
    found = (_ATTEMPT.fullmatch(one.headers.get(Header.MSG_ID.value, "")) for one in stored)
    return [match[2] for match in found if match and int(match[1]) == message_id]
