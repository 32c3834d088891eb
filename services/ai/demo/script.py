"""Decides from the user's message what the demo model will do."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from services.ai.demo.answers import answer_to, help_text
from services.ai.demo.errors import REFUSALS, RefusedError
from services.ai.demo.wire import FinishReason

SLOWEST, FASTEST = 0.1, 10_000.0

_WHITE_SPACE = re.compile(r"\s")


class Fault(StrEnum):
    """A way for an answer to go wrong after its text has begun."""

    CUT = "cut"
    DISCONNECT = "disconnect"
    STALL = "stall"
    MALFORMED = "malformed"
    IN_STREAM = "in_stream"


@dataclass(frozen=True, slots=True)
class Script:
    """What to write, how fast (None: as the settings say), and how it ends."""

    text: str
    tokens_per_second: float | None = None
    finish_reason: FinishReason = "stop"
    fault: Fault | None = None


def script_for(question: str) -> Script:
    """Turn the user's last message into a script; raise RefusedError for `/error rate_limit` etc.

    A command that isn't understood is answered with the list of commands.
    """
    command, rest = _split(question)
    return _slow(rest) if command == "/slow" else _script(command, rest, question)


def _slow(rest: str) -> Script:
    rate, question = _split(rest)
    try:
        # In this order: `max` then turns "nan" into the slowest rate.
        per_second = min(FASTEST, max(SLOWEST, float(rate)))
    except ValueError:
        return Script(help_text())
    return replace(_script(*_split(question), question), tokens_per_second=per_second)


def _script(command: str, rest: str, question: str) -> Script:
    match command:
        case "/echo":
            return Script(rest)
        case "/error":
            return _failing(rest.strip())
        case "/help" | "/slow":
            return Script(help_text())
        case _:
            return Script(answer_to(question))


def _failing(name: str) -> Script:
    if refusal := REFUSALS.get(name):
        raise RefusedError(refusal)
    text = f"This answer was asked to fail (`/error {name}`), so it ends in the middle of a"
    if name == "content_filter":
        return Script(text, finish_reason="content_filter")
    return Script(text, fault=Fault(name)) if name in Fault else Script(help_text())


def _split(text: str) -> tuple[str, str]:
    """Cut `text` at its first white space, and keep the rest exactly as it is."""
    word, *rest = _WHITE_SPACE.split(text, maxsplit=1)
    return word, "".join(rest)
