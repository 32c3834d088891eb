"""Finds what was said in a choice of a chunk, in whichever of its members that is."""

from typing import Final

from services.ai.provider.fields import Members, members, text
from services.ai.provider.images import Image, images_in
from services.ai.provider.surrogates import HalfCharacters
from services.ai.provider.whole_messages import WholeMessages

REASONING_FIELDS: Final = ("reasoning", "reasoning_content", "reasoning_text", "thinking")


type Said = tuple[str, str, tuple[Image, ...]]
"""What a choice says, as it was sent: text, reasoning and images."""

SILENCE: Final[Said] = ("", "", ())


class DeltaReader:
    """Reads the choices of one answer in their order."""

    def __init__(self) -> None:
        self.halves = HalfCharacters(("content", "refusal", *REASONING_FIELDS))
        self.has_text = False
        """A delta has brought text: a message that comes later repeats it."""
        self._has_reasoning = False
        self._messages = WholeMessages()

    def read(self, choice: Members, delta: Members) -> Said:
        """Take what a choice says in its delta, else in its message."""
        said, reasoning, images = self._read(delta)
        if said or reasoning or images:
            if reasoning:
                self._has_reasoning = True
            if said or images:
                self.has_text = True
            return said, reasoning, images
        message = self._messages.of(choice, after_text=self.has_text)
        if not message:
            return SILENCE
        said, reasoning, images = self._read(message)
        return said, "" if self._has_reasoning else reasoning, images

    def finish(self) -> Said:
        """Take what was held back when nothing more comes."""
        return self._read(self.halves.finish())

    def _read(self, delta: Members) -> Said:
        if self.halves.is_needed:
            delta = self.halves.joined(delta)
        content = delta.get("content")
        if isinstance(content, list) or "images" in delta:
            said = text(content) or _parts(content, "text")
            return said, _reasoning(delta), images_in(delta)
        said = text(content or delta.get("refusal"))
        return said, _reasoning(delta), ()


def _reasoning(delta: Members) -> str:
    for field in REASONING_FIELDS:
        if (value := delta.get(field)) and (said := text(value)):
            return said
    details, content = delta.get("reasoning_details"), delta.get("content")
    return _parts(details, "text") or _parts(content, "thinking")


def _parts(value: object, kind: str) -> str:
    """Join what is under `kind` in a list of parts, which may itself be such a list."""
    if not isinstance(value, list):
        return ""
    said = (members(part).get(kind) for part in value)
    return "".join(text(one) or _parts(one, "text") for one in said)
