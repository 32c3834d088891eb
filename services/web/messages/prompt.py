"""Chooses what of a chat the model is told: the newest turns that fit into a job."""

from collections.abc import Iterable
from typing import Final

from services.shared.messages import Turn
from services.web.messages.model import Message

# A job is one message on the bus (1 MB), and JSON may write one character of a text as six.
JOB_TURNS_BYTES: Final = 800_000
JOB_TURNS: Final = 1000


def turns_that_fit(newest_first: Iterable[Message]) -> tuple[Turn, ...]:
    """Return turns in the order they were said; the newest message is always among them."""
    turns: list[Turn] = []
    room = JOB_TURNS_BYTES
    for message in newest_first:
        turn = Turn(role=message.role, content=message.content)
        room -= len(turn.model_dump_json().encode())
        if turns and room < 0:
            break
        turns.append(turn)
    return tuple(reversed(turns))
