"""Texts that come in a `message`, or bare, where the chunk of a stream has a delta."""

from typing import Final

from services.ai.provider.fields import NO_MEMBERS, Members, members

LEAST_REPEATED: Final = 16
"""Characters; fewer may well come twice in an answer."""


class WholeMessages:
    """Reads the choices of one answer that have nothing in their delta.

    Servers send a piece of the answer as the message of each chunk, or all of it as that of the
    last one: what deltas or messages have brought before is not said again.
    """

    def __init__(self) -> None:
        self._said: list[str] = []
        self._length = 0

    def of(self, choice: Members, *, after_text: bool) -> Members:
        """Return the message of a choice, with the members that a delta has.

        A message that comes `after_text` of deltas repeats that.
        """
        message = members(choice.get("message"))
        if not message and isinstance(choice.get("text"), str):
            # The completions that came before chats have it so.
            message = {"content": choice["text"]}
        content = message.get("content")
        if after_text or self._is_repeated(content, choice):
            return NO_MEMBERS
        if isinstance(content, str):
            self._said.append(content)
            self._length += len(content)
        return message

    def _is_repeated(self, content: object, choice: Members) -> bool:
        is_last = bool(choice.get("finish_reason")) or self._length >= LEAST_REPEATED
        if not (is_last and isinstance(content, str) and len(content) == self._length > 0):
            return False
        return content == "".join(self._said)
