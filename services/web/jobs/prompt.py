"""Chooses what of a chat the model is told: the newest turns that fit into a job."""

import re
from collections.abc import Iterable
from typing import Final

from services.shared.messages import Turn
from services.web.jobs.model import Said

# A job is one message on the bus (1 MB): this, and an answer that is to be continued.
JOB_TURNS_BYTES: Final = 800_000
JOB_TURNS: Final = 1000

# An image that a model drew; its data would be hundreds of thousands of tokens.
_DRAWN: Final = re.compile(r"(!\[[^\[\]]*\]\(data:image/[a-z]+);base64,[A-Za-z0-9+/]{256,}=*\)")


def turns_that_fit(newest_first: Iterable[Said]) -> tuple[Turn, ...]:
    """Return turns in the order they were said; the newest is always among them.

    They do not begin with an answer whose question was left out: some endpoints refuse that. Of an
    image in an answer, they tell that it is there.
    """
    turns: list[Turn] = []
    room = JOB_TURNS_BYTES
    for said in newest_first:
        turn = Turn(role=said.role, content=_told(said))
        room -= len(turn.model_dump_json().encode())
        if turns and (room < 0 or len(turns) == JOB_TURNS):
            while len(turns) > 1 and turns[-1].role == "assistant":
                turns.pop()
            break
        turns.append(turn)
    return tuple(reversed(turns))


def _told(said: Said) -> str:
    return _DRAWN.sub(r"\1)", said.content) if said.role == "assistant" else said.content
