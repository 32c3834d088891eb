"""Reads text, reasoning and images from the members of a chunk's choice."""

from typing import Final

from services.ai.provider.json_fields import Members, items, members, name, text
from services.ai.provider.stream.half_characters import HalfCharacters
from services.ai.provider.stream.images import Image, images_in
from services.ai.provider.stream.whole_messages import WholeMessages, message_of

REASONING_FIELDS: Final = ("reasoning", "reasoning_content", "reasoning_text", "thinking")
_TOOL_FIELDS: Final = frozenset({"tool_calls", "function_call"})

type Said = tuple[str, str, tuple[Image, ...]]
"""What a choice says: text, reasoning and images."""

SILENCE: Final[Said] = ("", "", ())


class DeltaReader:
    """Reads the choices of one answer in their order."""

    def __init__(self) -> None:
        self.halves = HalfCharacters()
        self._has_images = False
        self._texts = WholeMessages()
        self._thoughts = WholeMessages()
        self.add_text = self._texts.add
        """Takes the text of a delta that the caller has read: a later message repeats it."""

    def read(self, choice: Members, delta: Members) -> Said:
        """Return what a choice says in its delta, else in its message."""
        said, is_delta = _read(delta), True
        if not any(said):
            said, is_delta = _read(message_of(choice)), False
        texts, thoughts, images = said
        if self.halves.is_needed:
            texts, thoughts = self.halves.joined(texts, thoughts)
        texts, thoughts = text(texts), text(thoughts)
        if is_delta:
            self._texts.add(texts)
            self._thoughts.add(thoughts)
            self._has_images = self._has_images or bool(images)
            return texts, thoughts, images
        return self._new(texts, thoughts, images, is_last=bool(choice.get("finish_reason")))

    def finish(self) -> Said:
        """Return what is still held back at the end."""
        texts, thoughts = self.halves.finish()
        return text(texts), text(thoughts), ()

    def _new(self, texts: str, thoughts: str, images: tuple[Image, ...], *, is_last: bool) -> Said:
        """Return what of a message no delta and no other message has brought."""
        new = self._texts.new(texts, is_last=is_last)
        if self._has_images or (texts and not new):
            images = ()
        return new, self._thoughts.new(thoughts, is_last=is_last), images


def tool_asked(delta: Members) -> str | None:
    """Return the name of the tool that a delta, or a whole message, begins to ask for.

    OpenAI's `tool_calls`, and the older `function_call`. The first of several is named; the rest of
    a call, its arguments, has no name. We offer no tools; some models ask all the same.
    """
    if not delta.keys() & _TOOL_FIELDS:
        return None
    calls = [members(call).get("function") for call in items(delta.get("tool_calls"))]
    calls.append(delta.get("function_call"))
    names = (name(members(call).get("name")) for call in calls)
    return next(filter(None, names), None)


def _read(delta: Members) -> Said:
    """Return what a delta says, as it was sent: with halves of characters in it."""
    if not delta:
        return SILENCE
    content = delta.get("content")
    if isinstance(content, list) or "images" in delta:
        return _string(content) or _parts(content, "text"), _reasoning(delta), images_in(delta)
    return _string(content or delta.get("refusal")), _reasoning(delta), ()


def _reasoning(delta: Members) -> str:
    for field in REASONING_FIELDS:
        if said := _string(delta.get(field)):
            return said
    details, content = delta.get("reasoning_details"), delta.get("content")
    return _parts(details, "text") or _parts(content, "thinking")


def _parts(value: object, kind: str) -> str:
    """Join the values of `kind` in a list of parts; each may itself be such a list."""
    if not isinstance(value, list):
        return ""
    said = (members(part).get(kind) for part in value)
    return "".join(_string(one) or _parts(one, "text") for one in said)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
