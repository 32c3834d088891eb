"""Decides from the user's message what the demo model will do."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from services.demo.answers import answer_to, help_text, reasoning_about, title_for
from services.demo.errors import REFUSALS, RefusedError
from services.demo.texts import FAILING, FAILING_REST
from services.demo.wire import FinishReason

TOOL = "search_the_web"
SLOWEST, FASTEST = 0.1, 10_000.0

_WHITE_SPACE = re.compile(r"\s")


class Fault(StrEnum):
    """A way for an answer to go wrong once its request was taken."""

    CUT = "cut"
    DISCONNECT = "disconnect"
    STALL = "stall"
    MALFORMED = "malformed"
    IN_STREAM = "in_stream"
    # These come before the first word.
    NOTHING = "nothing"
    TIMEOUT = "timeout"


WORDLESS = frozenset({Fault.NOTHING, Fault.TIMEOUT})


class Thinking(StrEnum):
    """Whether the model thinks aloud, named by the command that makes it do so."""

    NOT = ""
    IN_FIELD = "/think"
    IN_TAGS = "/think-tags"


@dataclass(frozen=True, slots=True)
class Script:
    """What to write, how fast (None: as the settings say), and how it ends.

    An answer that does not come to its end has a `rest`, which is what it is continued with.
    """

    text: str
    rest: str = ""
    reasoning: str = ""
    thinking: Thinking = Thinking.NOT
    tokens_per_second: float | None = None
    finish_reason: FinishReason = "stop"
    tool: str = ""
    """The name of a tool that is asked for when the text is over."""
    fault: Fault | None = None

    def after(self, begun: str) -> "Script":
        """Return what is left to write after `begun`; all of it where that is no part of it."""
        if not begun or not (self.text + self.rest).startswith(begun):
            return self
        if len(begun) < len(self.text):
            return replace(self, text=self.text[len(begun) :], thinking=Thinking.NOT)
        rest = (self.text + self.rest)[len(begun) :]
        return Script(rest, tokens_per_second=self.tokens_per_second)


@dataclass(frozen=True, slots=True)
class _Manner:
    """What `/slow` and `/think` say of the way in which the question after them is answered."""

    tokens_per_second: float | None
    thinking: Thinking
    question: str

    def of(self, script: Script) -> Script:
        return replace(
            script,
            tokens_per_second=self.tokens_per_second,
            thinking=self.thinking,
            reasoning=reasoning_about(self.question) if self.thinking else "",
        )


def script_for(question: str) -> Script:
    """Turn the user's last message into a script; raise RefusedError for `/error rate_limit` etc.

    A command that isn't understood is answered with the list of commands.
    """
    try:
        manner = _read_manner(question)
    except ValueError:
        return Script(help_text())
    return manner.of(_script(manner.question))


def title_script(question: str) -> Script:
    """Return the script of a title for a chat that begins with `question`."""
    try:
        manner = _read_manner(question)
    except ValueError:
        return Script(title_for(question))
    return manner.of(Script(title_for(manner.question)))


def _read_manner(question: str) -> _Manner:
    """Read `/slow` and then `/think`, each at most once; raise ValueError for a rate that is none.

    What comes after them is kept exactly as it is.
    """
    per_second = None
    command, rest = _split(question)
    if command == "/slow":
        rate, question = _split(rest)
        # In this order: `max` then turns "nan" into the slowest rate.
        per_second = min(FASTEST, max(SLOWEST, float(rate)))
        command, rest = _split(question)
    if command in (Thinking.IN_FIELD, Thinking.IN_TAGS):
        return _Manner(per_second, Thinking(command), rest)
    return _Manner(per_second, Thinking.NOT, question)


def _script(question: str) -> Script:
    command, rest = _split(question)
    match command:
        case "/echo":
            return Script(rest)
        case "/error":
            return _failing(rest.strip())
        case "/help" | "/slow" | Thinking.IN_FIELD | Thinking.IN_TAGS:
            return Script(help_text())
        case _:
            return Script(answer_to(question))


def _failing(name: str) -> Script:
    if refusal := REFUSALS.get(name):
        raise RefusedError(refusal)
    text = FAILING.format(name=name)
    match name:
        case "length" | "content_filter":
            return Script(text, FAILING_REST, finish_reason=name)
        case "tool":
            return Script("", tool=TOOL, finish_reason="tool_calls")
        case _ if name in Fault:
            fault = Fault(name)
            return Script("" if fault in WORDLESS else text, FAILING_REST, fault=fault)
        case _:
            return Script(help_text())


def _split(text: str) -> tuple[str, str]:
    """Cut `text` at its first white space, and keep the rest exactly as it is."""
    word, *rest = _WHITE_SPACE.split(text, maxsplit=1)
    return word, "".join(rest)
