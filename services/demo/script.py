"""What the demo model is to do in one answer."""

from dataclasses import dataclass, replace
from enum import StrEnum

from services.demo.wire import FinishReason


class StreamFault(StrEnum):
    """A way for an answer to fail after its request was accepted."""

    CUT = "cut"
    DISCONNECT = "disconnect"
    STALL = "stall"
    MALFORMED = "malformed"
    IN_STREAM = "in_stream"
    # These come before the first word.
    NOTHING = "nothing"
    TIMEOUT = "timeout"


WORDLESS = frozenset({StreamFault.NOTHING, StreamFault.TIMEOUT})


class Thinking(StrEnum):
    """Where the model writes its reasoning; each value is the command that asks for it."""

    NOT = ""
    IN_FIELD = "/think"
    IN_TAGS = "/think-tags"


@dataclass(frozen=True, slots=True)
class Script:
    """What to write, how fast (None: as the settings say), and how it ends.

    `rest` is the continuation of an answer that breaks off.
    """

    text: str
    rest: str = ""
    reasoning: str = ""
    thinking: Thinking = Thinking.NOT
    tokens_per_second: float | None = None
    finish_reason: FinishReason = "stop"
    tool: str = ""
    """The name of a tool to ask for after the text."""
    fault: StreamFault | None = None

    def after(self, begun: str) -> "Script":
        """Return the script for the rest after `begun`; all if `begun` is not its beginning."""
        if not begun or not (self.text + self.rest).startswith(begun):
            return self
        if len(begun) < len(self.text):
            return replace(self, text=self.text[len(begun) :], thinking=Thinking.NOT)
        rest = (self.text + self.rest)[len(begun) :]
        return Script(rest, tokens_per_second=self.tokens_per_second)
