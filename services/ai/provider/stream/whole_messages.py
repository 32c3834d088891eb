"""Texts that come in a `message`, or bare, where the chunk of a stream has a delta."""

from io import StringIO
from typing import Final

from services.ai.provider.json_fields import Members, members

LEAST_REPEATED: Final = 16
"""Characters; fewer may well come twice in an answer."""
LEAST_BEGUN: Final = 3
"""Characters with a letter among them; no two pieces follow each other that both begin so."""

MOST_SPACE: Final = 16
"""Characters around an answer that one copy of it may have and another not."""


def message_of(choice: Members) -> Members:
    """Return the message of a choice, with the members that a delta has."""
    message = members(choice.get("message"))
    if not message and isinstance(choice.get("text"), str):
        # The completions that came before chats have it so.
        return {"content": choice["text"]}
    return message


class WholeMessages:
    """Takes the text of one answer as messages bring it, and returns what of it is new.

    Servers send a piece of the answer as the message of each chunk, or in each all of it as far as
    it goes, or all of it in the last one alone, behind deltas or behind pieces.
    """

    def __init__(self) -> None:
        self._said = StringIO()
        self.add = self._said.write
        """Takes what a delta has brought."""
        self._whole = ""
        """All of it, as far as it has been looked at."""
        self._before: str | None = ""
        """The last message, as long as each began with all of the one before; then None."""
        self._shown = 0
        """How many characters of that have been said."""

    def new(self, content: str, *, is_last: bool) -> str:
        """Return what of the next message is new; `is_last` where the answer ends with it."""
        if not content:
            return ""
        rest = self._rest(content, is_last=is_last)
        self.add(rest)
        return rest

    def _rest(self, content: str, *, is_last: bool) -> str:
        length = self._said.tell()
        is_sure = length >= LEAST_REPEATED or (is_last and len(content) == length)
        if is_sure and len(content) >= length and content.startswith(self._all()):
            return self._tell(content, length)
        if self._before is None:
            return content
        if length and not self._before:
            return self._behind_deltas(content, is_last=is_last)
        if not content.startswith(self._before):
            self._before = None
            return content
        return self._tell(content, self._shown if _is_begun(content, self._before) else 0)

    def _behind_deltas(self, content: str, *, is_last: bool) -> str:
        """Drop the first message if it repeats what deltas have brought, or some of that."""
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

    def _tell(self, content: str, shown: int) -> str:
        if self._before is not None:
            self._before, self._shown = content, len(content)
        return content[shown:]


def _is_begun(content: str, before: str) -> bool:
    """Tell whether a message goes on with the one before, and is no piece that begins like it."""
    rest = content[len(before) :]
    is_long = len(before) >= LEAST_BEGUN or not rest[:1].isalnum()
    return bool(rest) and is_long and not rest.startswith(before) and _has_letter(before)


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _have_one_end(one: str, other: str) -> bool:
    one, other = one.rstrip(), other.rstrip()
    return one.endswith(other) or other.endswith(one)
