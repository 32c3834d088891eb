"""Decides from a request what the demo model does: an answer, the rest of one, or a title.

A question may begin with commands such as `/slow` and `/error`; `texts.COMMANDS` lists them.
"""

import re
from dataclasses import dataclass, replace

from services.demo.answers import answer_to, help_text, reasoning_about, title_for
from services.demo.errors import ERROR_ANSWERS, InvalidRequestError
from services.demo.schema import ChatRequest
from services.demo.script import WORDLESS, Script, StreamFault, Thinking
from services.demo.texts import FAILING, FAILING_REST

TOOL = "search_the_web"
SLOWEST, FASTEST = 0.1, 10_000.0

_WHITE_SPACE = re.compile(r"\s")
_ASKS_FOR_TITLE = re.compile(r"\btitles? for (?:a |the )?(?:chat|conversation)s?\b", re.IGNORECASE)
_FIRST_WORDS = re.compile(r"^User: *(.*)$", re.MULTILINE)


def script_of(request: ChatRequest) -> Script:
    """Return the script for `request`; raise InvalidRequestError if it asks for an error."""
    if _ASKS_FOR_TITLE.search(request.instructions()):
        script = title_script(_first_question(request.question()))
    else:
        script = script_for(request.question()).after(request.begun())
    # A model whose reasoning is part of its text always writes it.
    if request.reasoning_effort == "none" and script.thinking is Thinking.IN_FIELD:
        return replace(script, thinking=Thinking.NOT)
    return script


def _first_question(transcript: str) -> str:
    """Return the user's first message in a transcript of `User: …` lines, or the whole text."""
    found = _FIRST_WORDS.search(transcript)
    return found[1] if found else transcript


@dataclass(frozen=True, slots=True)
class _Manner:
    """How to answer the question that follows `/slow` and `/think`."""

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
    """Turn the user's last message into a script.

    Raises InvalidRequestError for `/error rate_limit` and the like. An unknown command is answered
    with the list of commands.
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
    """Read `/slow` and then `/think`, each at most once; raise ValueError for a malformed rate.

    The text after them stays exactly as it is.
    """
    per_second = None
    command, rest = _split(question)
    if command == "/slow":
        rate, question = _split(rest)
        # In this order, `max` turns "nan" into the slowest rate.
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
    if answer := ERROR_ANSWERS.get(name):
        raise InvalidRequestError(answer)
    text = FAILING.format(name=name)
    match name:
        case "length" | "content_filter":
            return Script(text, FAILING_REST, finish_reason=name)
        case "tool":
            return Script("", tool=TOOL, finish_reason="tool_calls")
        case _ if name in StreamFault:
            fault = StreamFault(name)
            return Script("" if fault in WORDLESS else text, FAILING_REST, fault=fault)
        case _:
            return Script(help_text())


def _split(text: str) -> tuple[str, str]:
    """Cut `text` at its first white space; the rest stays exactly as it is."""
    word, *rest = _WHITE_SPACE.split(text, maxsplit=1)
    return word, "".join(rest)
