"""Tells what an endpoint repeats of an answer that was begun from what it adds to it.

An endpoint is told the begun text without the white space at its end, which chat templates trim.
What it sends then may start with that text once more: at once or token by token, trimmed, from its
first character or only from the start of its last line or paragraph. It may as well be a
continuation that happens to start in the same words. The rules:

1. Text is new as soon as it starts in a way in which neither the told text nor any line of it
   does, and where fewer than LEAST characters are alike. A continuation mostly starts with a space
   or a line break and an echo does not: even most text that repeats itself is new at once.
2. While text is alike it is held back. The reader has it already, so nothing is missing, and if it
   might be new all the same that is found after PROBE characters.
3. What repeats the told text to its end is an echo and dropped, if it has LEAST characters or more,
   stands nowhere else in the told text, does not consist of repetitions itself, and is not followed
   by its own start again. If it repeats only last lines, the text must end within a line: behind a
   line break it may be the next line. Last lines of fewer than SHORTEST characters are new.
4. Of all else it cannot be told what is new, and the answer has to begin anew: a short text that
   comes again, last lines behind a line break, text that repeats itself, and text that starts like
   the told text for LEAST characters and goes on in other words, which is another answer.

White space that ends the begun text is dropped where it comes again. One thing nobody can tell: an
answer that says its whole beginning twice, without a space in between, and was cut exactly there.
It is taken for an echo.
"""

import re
from itertools import takewhile
from typing import Final, Literal

from services.ai.provider.errors import ContinuationRefusedError

LEAST: Final = 16
"""Characters; fewer may well come twice."""
SHORTEST: Final = 4
"""Characters of a last line; fewer come twice in any code."""
PROBE: Final = 64
"""Characters; more of them alike in two places of the told text mean that it repeats itself."""

_LINE: Final = re.compile(r"^[^\S\n]*(?=\S)", re.MULTILINE)


class EchoFilter:
    """Takes the text that follows `begun` as it comes, and returns what of it is new.

    Its methods raise ContinuationRefusedError where that cannot be told. None of the text has been
    returned then.
    """

    def __init__(self, begun: str) -> None:
        self._told = told(begun)
        self._space = begun[len(self._told) :]
        """What ends the begun text and was not told; it comes again in a continuation."""
        self._ends_line = "\n" in self._space
        self._starts = _starts(self._told)
        """The places of the told text at which all that came can be read."""
        self._length = 0
        """Of what came and is alike, in characters."""
        self._is_doubtful = False
        self._echo = ""
        self._behind = ""
        """What follows an echo, while it is like the start of it."""

    @property
    def held(self) -> str:
        """What came and was neither returned nor dropped."""
        first = self._starts[0] if self._starts else 0
        return self._told[first : first + self._length] if self._starts else self._behind

    def feed(self, text: str) -> str:
        """Return what of `text`, and of what was held back, is new."""
        if self._starts:
            return self._compare(text) if text else ""
        return self._look_behind(text) if self._echo else self._without_space(text)

    def finish(self, *, is_whole: bool) -> str:
        """Return what was held back and is new, as nothing more comes.

        Of an answer that is not whole, which will be gone on with, nothing is new that is alike.
        """
        if self._starts:
            return self._differ(self.held) if is_whole else ""
        behind, self._behind, self._echo = self._behind, "", ""
        return self._without_space(behind)

    def _compare(self, text: str) -> str:
        told, before, length = self._told, self._length, self._length + len(text)
        alike = [j for j in self._starts if text.startswith(told[j + before : j + length])]
        going = [j for j in alike if j + length < len(told)]
        ended = [j for j in alike if j + length >= len(told)]
        if going:
            self._is_doubtful |= any(self._judge(j) != "new" for j in ended)
            self._starts, self._length = going, length
            if length >= PROBE > before and self._stands_twice(self.held[:PROBE]):
                raise _cannot_tell()
            return ""
        seen = self.held + text
        return self._end(min(ended), seen) if ended else self._differ(seen)

    def _end(self, start: int, seen: str) -> str:
        """Decide about text that repeats the told text from `start` to its end."""
        echo, verdict = self._told[start:], self._judge(start)
        if verdict == "new" and not self._is_doubtful:
            return self._decide(seen)
        if verdict != "echo":
            raise _cannot_tell()
        self._starts, self._echo = [], echo
        return self._look_behind(seen[len(echo) :])

    def _judge(self, start: int) -> Literal["new", "echo", "doubt"]:
        told, again = self._told, self._told[start:]
        is_whole = not told[:start].strip()
        # Behind a line break the space before the next line is no sign of an echo.
        line = again.lstrip() if self._ends_line else again
        if not is_whole and len(line) < SHORTEST:
            return "new"
        if len(again) < LEAST or (self._ends_line and not is_whole):
            return "doubt"
        half = again[: (len(again) + 1) // 2]
        return "doubt" if told.find(again) < start or again.find(half, 1) > 0 else "echo"

    def _differ(self, seen: str) -> str:
        """Decide about text that is like the told text only at its start."""
        head = seen[:LEAST]
        is_alike = any(self._told.startswith(head, start) for start in self._starts)
        is_other = len(head) == LEAST and is_alike and not self._stands_twice(head)
        if self._is_doubtful or is_other:
            raise _cannot_tell()
        return self._decide(seen)

    def _decide(self, new: str) -> str:
        self._starts = []
        return self._without_space(new)

    def _look_behind(self, text: str) -> str:
        """Wait until it is known that what follows the echo is not the same once more."""
        self._behind += text
        behind, start = self._behind.lstrip(), self._echo.lstrip()[:LEAST]
        if behind.startswith(start):
            raise _cannot_tell()
        if start.startswith(behind) and len(self._behind) < PROBE:
            return ""
        new, self._behind, self._echo = self._behind, "", ""
        return self._without_space(new)

    def _without_space(self, text: str) -> str:
        if not self._space:
            return text
        pairs = zip(text, self._space, strict=False)
        again = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        self._space = self._space[again:] if again == len(text) else ""
        return text[again:]

    def _stands_twice(self, part: str) -> bool:
        return self._told.find(part, self._told.find(part) + 1) >= 0


class ThoughtFilter:
    """Takes the thoughts that come with the rest of an answer, and drops those that come again.

    Thoughts that differ are new, be it by their last word: an endpoint may think once more and go
    on all the same.
    """

    def __init__(self, begun: str) -> None:
        self._begun = begun.strip()
        self._length = 0

    def feed(self, thoughts: str) -> str:
        """Return what of `thoughts`, and of what was held back, is new."""
        begun, before = self._begun, self._length
        if before == len(begun):
            return thoughts
        thoughts = thoughts if before else thoughts.lstrip()
        again = begun[before : before + len(thoughts)]
        if thoughts.startswith(again):
            self._length += len(again)
            return thoughts[len(again) :]
        self._length = len(begun)
        return begun[:before] + thoughts


def told(begun: str) -> str:
    """Return what an endpoint that is to go on is told of a text that was begun."""
    return begun.rstrip()


def _starts(text: str) -> list[int]:
    lines = {place for line in _LINE.finditer(text) for place in line.span()}
    return sorted({0, *lines}) if text else []


def _cannot_tell() -> ContinuationRefusedError:
    return ContinuationRefusedError("bad_response", diagnosis="CannotTellWhatIsNew")
