"""Finds the new text in chunks that have a `message`, or bare text, in the place of a delta."""

from io import StringIO
from typing import Final

from services.ai.provider.json_fields import Members, members

LEAST_REPEATED: Final = 16
"""Characters; fewer may well come twice in an answer."""
LEAST_BEGUN: Final = 3
"""Characters, one of them a letter; two pieces in a row do not both begin so."""

MOST_SPACE: Final = 16
"""White space around an answer that one copy of it may have and another not."""


def message_of(choice: Members) -> Members:
    """Return the message of a choice, with the members that a delta has."""
    message = members(choice.get("message"))
    if not message and isinstance(choice.get("text"), str):
        # The shape of the completions that preceded chats.
        return {"content": choice["text"]}
    return message


class WholeMessages:
    """Takes the text of one answer as messages bring it, and returns what of it is new.

    The message of each chunk may be a piece of the answer, or all of the answer so far; or the last
    message alone is all of it, behind deltas or pieces.
    """

    def __init__(self) -> None:
        self._said = StringIO()
        self.add = self._said.write
        """Takes the text of a delta."""
        self._whole = ""
        """All text so far, as of the last look."""
        self._before: str | None = ""
        """The last message; None once a message has not begun with the one before it."""
        self._shown = 0
        """How many characters of that message have been returned."""

    def new(self, content: str, *, is_last: bool) -> str:
        """Return the new text in the next message; `is_last` where the answer ends with it."""
        if not content:
            return ""
        rest = self._rest(content, is_last=is_last)
        self.add(rest)
        return rest

    def _rest(self, content: str, *, is_last: bool) -> str:
        length = self._said.tell()
        is_sure = length >= LEAST_REPEATED or (is_last and len(content) == length)
        if is_sure and len(content) >= length and content.startswith(self._all()):
            return self._unshown(content, length)
        if self._before is None:
            return content
        if length and not self._before:
            return self._behind_deltas(content, is_last=is_last)
        if not content.startswith(self._before):
            self._before = None
            return content
        return self._unshown(content, self._shown if _is_begun(content, self._before) else 0)

    def _behind_deltas(self, content: str, *, is_last: bool) -> str:
        """Drop the first message if it repeats all or some of the deltas."""
        said = self._all()
        if content.startswith(said):
            self._before, self._shown = content, len(said)
            return ""
        is_sure = is_last or min(len(content), len(said)) >= LEAST_REPEATED
        start, end = said[: len(content) + MOST_SPACE], said[-len(content) - MOST_SPACE :]
        if start.lstrip().startswith(content) or (is_sure and _have_one_end(end, content)):
            return ""
        self._before = None
        return content

    def _all(self) -> str:
        if len(self._whole) != self._said.tell():
            self._whole = self._said.getvalue()
        return self._whole

    def _unshown(self, content: str, shown: int) -> str:
        if self._before is not None:
            self._before, self._shown = content, len(content)
        return content[shown:]


def _is_begun(content: str, before: str) -> bool:
    """Return whether a message continues the one before: a piece may begin like it, too."""
    rest = content[len(before) :]
    is_long = len(before) >= LEAST_BEGUN or not rest[:1].isalnum()
    return bool(rest) and is_long and not rest.startswith(before) and _has_letter(before)


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _have_one_end(one: str, other: str) -> bool:
    one, other = one.rstrip(), other.rstrip()
    return one.endswith(other) or other.endswith(one)
