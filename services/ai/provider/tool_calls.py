"""Recognises that a model asks for a tool, which it was offered by nobody here."""

from typing import Final

from services.ai.provider.fields import Members, items, members, name

TOOL_REASONS: Final = frozenset({"tool_calls", "function_call", "tool_use"})
"""Finish reasons of an answer that ends in asking for a tool."""

MOST_TOOLS: Final = 3
"""Tools that are named to a reader."""

_MEMBERS: Final = frozenset({"tool_calls", "function_call"})


def tool_asked(delta: Members) -> str | None:
    """Return the name of the tool that a delta, or a whole message, begins to ask for.

    OpenAI's `tool_calls`, and the older `function_call`. Of several the first is named; the rest of
    a call, its arguments, has no name.
    """
    if not delta.keys() & _MEMBERS:
        return None
    calls = [members(call).get("function") for call in items(delta.get("tool_calls"))]
    calls.append(delta.get("function_call"))
    names = (name(members(call).get("name")) for call in calls)
    return next(filter(None, names), None)
