"""What an endpoint is asked, and the messages that say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.ai.provider.echo import told
from services.shared.bus.messages import Turn

type Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Ask:
    """The conversation to be answered, and how."""

    turns: Sequence[Turn]
    begun: str = ""
    """What there is of the answer already; only the rest is asked for."""
    begun_thoughts: str = ""
    """The reasoning that came before it."""
    prefills: bool = True
    """`begun` is the last message, to be gone on with; else the turns ask for the rest."""
    model: str | None = None
    max_tokens: int | None = None
    thinks: bool = True
    """False: the answer is to come without reasoning before it, where the model can."""

    @property
    def prefill(self) -> str:
        """The text of a last message of the assistant; empty where there is none."""
        return told(self.begun) if self.prefills else ""


def write_messages(ask: Ask, system_role: str, *, joined: bool) -> list[Message]:
    """Write the turns as messages, the prefill as the last; `system` turns under `system_role`.

    A turn that says nothing is left out. Neighbours of one role stay apart, so that the model sees
    which question is the newest, unless they are to be `joined`: some chat templates insist on
    roles that alternate.
    """
    said = [(system_role if t.role == "system" else t.role, t.content) for t in ask.turns]
    messages: list[Message] = []
    for role, content in [*said, ("assistant", ask.prefill)]:
        if not content.strip():
            continue
        if joined and messages and messages[-1]["role"] == role:
            messages[-1]["content"] += f"\n\n{content}"
        else:
            messages.append({"role": role, "content": content})
    return messages


def has_neighbours(ask: Ask) -> bool:
    """Tell whether two messages that follow each other have one role."""
    roles = [turn.role for turn in ask.turns if turn.content.strip()]
    return any(first == second for first, second in pairwise(roles))
