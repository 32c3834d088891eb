"""Chooses what of a chat the model is told: the newest turns that fit into a job."""

from collections.abc import Iterable
from typing import Final

from services.shared.messages import Turn
from services.web.messages.model import Message

# A job is one message on the bus (1 MB); JSON may write a character of the text as two.
JOB_TEXT_BYTES: Final = 400_000
JOB_TURNS: Final = 1000


def turns_that_fit(newest_first: Iterable[Message]) -> tuple[Turn, ...]:
    """Return turns in the order they were said; the newest message is always among them."""
    turns: list[Turn] = []
    room = JOB_TEXT_BYTES
    for message in newest_first:
        room -= len(message.content.encode())
        if turns and room < 0:
            break
        turns.append(Turn(role=message.role, content=message.content))
    return tuple(reversed(turns))
