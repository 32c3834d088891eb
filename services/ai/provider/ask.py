"""A question to an endpoint: the turns, and the part of the answer that exists already."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.shared.bus.messages import Turn


@dataclass(frozen=True, slots=True)
class Ask:
    """The conversation to be answered, and how."""

    turns: Sequence[Turn]
    begun: str = ""
    """What exists of the answer already; only the rest is asked for."""
    begun_thoughts: str = ""
    """The reasoning that came before it."""
    prefills: bool = True
    """`begun` is sent as the last message, to be continued; else the turns ask for the rest."""
    model: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    thinks: bool = True
    """False: the model should answer without reasoning, where it can."""

    @property
    def prefill(self) -> str:
        """The text of a last message of the assistant; empty where there is none."""
        return prefill_of(self.begun) if self.prefills else ""


def prefill_of(begun: str) -> str:
    """Return a begun text as an endpoint gets it: chat templates trim white space at its end."""
    return begun.rstrip()
