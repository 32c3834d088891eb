"""Writes requests, in ways that the endpoint has not refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from services.ai.provider.ask import Ask
from services.ai.provider.refusals.refusal import Refusal
from services.ai.provider.settings import ConnectionSettings

type ChatMessage = dict[str, str]
type Way = Mapping[str, object]
"""Members of the request; a refusal of them mentions their names."""

LEFT_OUT: Final[Way] = {}
SYSTEM_ROLES: Final = ("system", "developer", "user")
"""The last one makes the system prompt a part of the user's first message."""
CONTINUES: Final[Way] = {"continue_final_message": True, "add_generation_prompt": False}
"""How vLLM, SGLang and llama.cpp are asked to continue the last message."""
_THOUGHTS: Final = "reasoning_content"
WITH_THOUGHTS: Final[Way] = {**CONTINUES, _THOUGHTS: True}
"""As CONTINUES; that message also holds the reasoning that came before it."""

_SYSTEM: Final = "system"
_TURNS: Final = "turns"
APART: Final[Way] = {"apart": None}
JOINED: Final[Way] = {"joined": None}
_MEANS_NAMING: Final = frozenset({400, 422, 500})
_ROLE: Final = re.compile(r"\broles?\b", re.IGNORECASE)
_ALTERNATION: Final = re.compile(r"roles must alternate", re.IGNORECASE)
_CONTINUATION: Final = re.compile(
    r"prefill|continue_final_message|add_generation_prompt"
    r"|(?:must|should) end with a user message"
    r"|(?:last|final) (?:message|role)\b.{0,60}\b(?:user|assistant)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and which of its ways each member is written in."""

    model: str
    messages: Sequence[ChatMessage]
    members: Mapping[str, object]
    """The body beside model and messages."""
    ways: Mapping[str, tuple[Way, ...]]
    steps: Mapping[str, int]
    prefill: str


@dataclass(slots=True)
class Dialect:
    """What is known of asking one model of one endpoint."""

    steps: dict[str, int] = field(default_factory=dict)

    def write(
        self, ask: Ask, model: str, settings: ConnectionSettings, continuation: tuple[Way, ...]
    ) -> Request:
        """Write the request for an answer, in ways that have not been refused."""
        ways = _ways(ask, settings)
        if _has_neighbours(ask):
            ways[_TURNS] = (APART, JOINED)
        if ask.prefill:
            ways["continuation"] = continuation
        if any(turn.role == "system" for turn in ask.turns):
            ways[_SYSTEM] = tuple({role: None} for role in SYSTEM_ROLES)
        steps = {name: min(self.steps.get(name, 0), len(ways[name]) - 1) for name in ways}
        role = SYSTEM_ROLES[steps.get(_SYSTEM, 0)]
        # Where the user says the system prompt, another message of the user follows.
        joined = bool(steps.get(_TURNS)) or role == "user"
        messages = _write_messages(ask, role, joined=joined)
        members: dict[str, object] = {}
        for name, step in steps.items():
            members |= ways[name][step] if name not in {_SYSTEM, _TURNS} else {}
        if members.pop(_THOUGHTS, False) and ask.begun_thoughts:
            messages[-1][_THOUGHTS] = ask.begun_thoughts
        return Request(model, messages, members, ways, steps, ask.prefill)

    def learn(self, request: Request, refusal: Refusal) -> bool:
        """Take the next way for what was refused, from now on; return False where there is none."""
        if refusal.status not in _MEANS_NAMING:
            return False
        for name, ways in request.ways.items():
            step = request.steps[name]
            if step + 1 < len(ways) and _names(refusal, name, ways[step]):
                # Another request may have learned the same in the meantime.
                self.steps[name] = max(self.steps.get(name, 0), step + 1)
                return True
        return False


def _write_messages(ask: Ask, system_role: str, *, joined: bool) -> list[ChatMessage]:
    """Write the turns as messages, the prefill as the last; `system` turns under `system_role`.

    Blank turns are left out. Neighbours of one role stay apart, so that the model sees which
    question is the newest, unless they are `joined`: some chat templates insist on roles that
    alternate.
    """
    said = [(system_role if t.role == "system" else t.role, t.content) for t in ask.turns]
    messages: list[ChatMessage] = []
    for role, content in [*said, ("assistant", ask.prefill)]:
        if not content.strip():
            continue
        if joined and messages and messages[-1]["role"] == role:
            messages[-1]["content"] += f"\n\n{content}"
        else:
            messages.append({"role": role, "content": content})
    return messages


def refuses_continuation(request: Request, refusal: Refusal) -> bool:
    """Return whether the endpoint refused the begun answer at the end of the messages."""
    is_named = refusal.status in _MEANS_NAMING and _CONTINUATION.search(refusal.said)
    return bool(request.prefill and is_named)


def _has_neighbours(ask: Ask) -> bool:
    roles = [turn.role for turn in ask.turns if turn.content.strip()]
    return any(first == second for first, second in pairwise(roles))


def _ways(ask: Ask, settings: ConnectionSettings) -> dict[str, tuple[Way, ...]]:
    ways: dict[str, tuple[Way, ...]] = {
        "usage": ({"stream_options": {"include_usage": True}}, LEFT_OUT)
    }
    if limit := ask.max_tokens or settings.max_tokens:
        ways["limit"] = ({"max_tokens": limit}, {"max_completion_tokens": limit}, LEFT_OUT)
    if ask.temperature is None and settings.temperature is not None:
        ways["temperature"] = ({"temperature": settings.temperature}, LEFT_OUT)
    for member, value in (("temperature", ask.temperature), ("top_p", ask.top_p)):
        if value is not None:
            # By value: what is refused to one chat may be right for another.
            ways[f"{member} {value:.2f}"] = ({member: value}, LEFT_OUT)
    if not ask.thinks:
        efforts = ("none", "minimal", "low")
        ways["quiet"] = (*({"reasoning_effort": effort} for effort in efforts), LEFT_OUT)
    elif settings.reasoning_effort:
        ways["effort"] = ({"reasoning_effort": settings.reasoning_effort}, LEFT_OUT)
    return ways


def _names(refusal: Refusal, name: str, way: Way) -> bool:
    if name == _TURNS:
        return bool(_ALTERNATION.search(refusal.said))
    if name == _SYSTEM:
        return _names_role(refusal, *way)
    if refusal.param:
        return any(re.match(rf"{member}\b", refusal.param) for member in way)
    return any(re.search(rf"\b{member}\b", refusal.said) for member in way)


def _names_role(refusal: Refusal, role: str) -> bool:
    said = f"{refusal.said} {refusal.param or ''}"
    if _ALTERNATION.search(said):
        return True
    return bool(_ROLE.search(said) and re.search(rf"\b{role}\b", said, re.IGNORECASE))
