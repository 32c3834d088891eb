"""What some text of a model is: the answer, or reasoning before it."""

from typing import Final, NamedTuple


class Share(NamedTuple):
    """What of some text is the answer and what is reasoning."""

    text: str = ""
    reasoning: str = ""
    recast: bool = False
    """All text before this was reasoning: its opening tag had been left out."""
    tool: str | None = None
    """The name of a tool that the text asks for."""


NOTHING: Final = Share()
