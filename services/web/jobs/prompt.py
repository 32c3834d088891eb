"""Chooses what of a chat the model is told: the newest turns that fit into a job."""

from collections.abc import Iterable
from typing import Final

from services.shared.bus.messages import Turn
from services.shared.markdown import without_data_images
from services.web.jobs.model import Said

# A job is one message on the bus (1 MB): this, and an answer that is to be continued.
JOB_TURNS_BYTES: Final = 800_000
JOB_TURNS: Final = 1000


def turns_that_fit(newest_first: Iterable[Said]) -> tuple[Turn, ...]:
    """Return turns in the order they were said; the newest is always among them.

    They do not begin with an answer whose question was left out: some endpoints refuse that. Of an
    image that stands in an answer, the model is told the words.
    """
    turns: list[Turn] = []
    room = JOB_TURNS_BYTES
    for said in newest_first:
        is_answer = said.role == "assistant"
        content = without_data_images(said.content) if is_answer else said.content
        turn = Turn(role=said.role, content=content)
        room -= len(turn.model_dump_json().encode())
        if turns and (room < 0 or len(turns) == JOB_TURNS):
            while len(turns) > 1 and turns[-1].role == "assistant":
                turns.pop()
            break
        turns.append(turn)
    return tuple(reversed(turns))
