"""A text that a person uses again and again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """One text under a name."""

    id: int
    name: str
    content: str
