"""Reads from a request which script it wants: an answer, the rest of one, or a title."""

import re
from dataclasses import replace

from services.demo.schema import ChatRequest
from services.demo.script import Script, Thinking, script_for, title_script

_ASKS_FOR_TITLE = re.compile(r"\btitles? for (?:a |the )?(?:chat|conversation)s?\b", re.IGNORECASE)
_FIRST_WORDS = re.compile(r"^User: *(.*)$", re.MULTILINE)


def script_of(request: ChatRequest) -> Script:
    """Return the script that answers `request`; raise RefusedError where it asks for a refusal."""
    if _ASKS_FOR_TITLE.search(request.instructions()):
        script = title_script(_first_question(request.question()))
    else:
        script = script_for(request.question()).after(request.begun())
    # A model whose reasoning is part of its text writes it whatever it is told.
    if request.reasoning_effort == "none" and script.thinking is Thinking.IN_FIELD:
        return replace(script, thinking=Thinking.NOT)
    return script


def _first_question(transcript: str) -> str:
    """Find what the user said first in a chat that was written down as `User: …`, if it was."""
    found = _FIRST_WORDS.search(transcript)
    return found[1] if found else transcript
