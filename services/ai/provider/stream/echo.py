"""Separates what an endpoint repeats of a begun answer from what it adds.

An endpoint gets the begun text as the prefill: without the white space at its end. Its reply may
start with that text once more: at once or token by token, trimmed, from its first character or only
from the start of its last line or paragraph. It may also be a continuation that happens to start in
the same words. The rules:

1. Text is new as soon as its start differs from the prefill and from every line of it, and fewer
   than LEAST characters were alike. A continuation mostly starts with a space or a line break, an
   echo does not: even most text that repeats itself is new at once.
2. Text that is alike is held back. The reader has it already, so nothing is missing; if it might
   still be new, that shows after PROBE characters.
3. Text that repeats the prefill to its end is an echo and dropped, if it has LEAST characters or
   more, occurs nowhere else in the prefill, does not consist of repetitions itself, and is not
   followed by its own start again. If it repeats only last lines, the prefill must end within a
   line: behind a line break it may be the next line. Last lines of fewer than SHORTEST characters
   are new.
4. Everything else is undecidable, and the answer has to start over: a short text that comes again,
   last lines behind a line break, text that repeats itself, and text that starts like the prefill
   for LEAST characters and continues differently, which is another answer.

White space that ends the begun text is dropped where it comes again. One case is undecidable and
taken for an echo: an answer that says its whole beginning twice, without a space in between, and
was cut exactly there.
"""

import re
from itertools import takewhile
from typing import Final, Literal

from services.ai.provider.ask import prefill_of
from services.ai.provider.errors import ContinuationRefusedError

LEAST: Final = 16
"""Characters; fewer may well come twice."""
SHORTEST: Final = 4
"""Characters of a last line; fewer come twice in any code."""
PROBE: Final = 64
"""Characters; more of them alike in two places of the prefill mean that it repeats itself."""

_LINE: Final = re.compile(r"^[^\S\n]*(?=\S)", re.MULTILINE)


class EchoFilter:
    """Takes the text that follows `begun` as it comes, and returns what of it is new.

    Its methods raise ContinuationRefusedError where that is undecidable; none of the text has been
    returned by then.
    """

    def __init__(self, begun: str) -> None:
        self._prefill = prefill_of(begun)
        self._space = begun[len(self._prefill) :]
        """The end of the begun text that was not sent; it comes again in a continuation."""
        self._ends_line = "\n" in self._space
        self._starts = _starts(self._prefill)
        """The places of the prefill at which all text so far can be read."""
        self._length = 0
        """How many characters came and are alike."""
        self._is_doubtful = False
        self._echo = ""
        self._behind = ""
        """The text behind an echo, while it is like the start of that echo."""

    @property
    def held(self) -> str:
        """Text that came and was neither returned nor dropped."""
        first = self._starts[0] if self._starts else 0
        return self._prefill[first : first + self._length] if self._starts else self._behind

    def feed(self, text: str) -> str:
        """Return what of `text`, and of what was held back, is new."""
        if self._starts:
            return self._compare(text) if text else ""
        return self._look_behind(text) if self._echo else self._without_space(text)

    def finish(self, *, is_whole: bool) -> str:
        """Return what of the held text is new, at the end.

        In an answer that is not whole, which will be continued, nothing that is alike is new.
        """
        if self._starts:
            return self._differ(self.held) if is_whole else ""
        behind, self._behind, self._echo = self._behind, "", ""
        return self._without_space(behind)

    def _compare(self, text: str) -> str:
        prefill, before, length = self._prefill, self._length, self._length + len(text)
        alike = [j for j in self._starts if text.startswith(prefill[j + before : j + length])]
        going = [j for j in alike if j + length < len(prefill)]
        ended = [j for j in alike if j + length >= len(prefill)]
        if going:
            self._is_doubtful |= any(self._judge(j) != "new" for j in ended)
            self._starts, self._length = going, length
            if length >= PROBE > before and self._stands_twice(self.held[:PROBE]):
                raise _undecidable()
            return ""
        seen = self.held + text
        return self._end(min(ended), seen) if ended else self._differ(seen)

    def _end(self, start: int, seen: str) -> str:
        """Decide about text that repeats the prefill from `start` to its end."""
        echo, verdict = self._prefill[start:], self._judge(start)
        if verdict == "new" and not self._is_doubtful:
            return self._decide(seen)
        if verdict != "echo":
            raise _undecidable()
        self._starts, self._echo = [], echo
        return self._look_behind(seen[len(echo) :])

    def _judge(self, start: int) -> Literal["new", "echo", "doubt"]:
        prefill, again = self._prefill, self._prefill[start:]
        is_whole = not prefill[:start].strip()
        # Behind a line break the space before the next line is no sign of an echo.
        line = again.lstrip() if self._ends_line else again
        if not is_whole and len(line) < SHORTEST:
            return "new"
        if len(again) < LEAST or (self._ends_line and not is_whole):
            return "doubt"
        half = again[: (len(again) + 1) // 2]
        return "doubt" if prefill.find(again) < start or again.find(half, 1) > 0 else "echo"

    def _differ(self, seen: str) -> str:
        """Decide about text that is like the prefill only at its start."""
        head = seen[:LEAST]
        is_alike = any(self._prefill.startswith(head, start) for start in self._starts)
        is_other = len(head) == LEAST and is_alike and not self._stands_twice(head)
        if self._is_doubtful or is_other:
            raise _undecidable()
        return self._decide(seen)

    def _decide(self, new: str) -> str:
        self._starts = []
        return self._without_space(new)

    def _look_behind(self, text: str) -> str:
        """Wait until it is clear that the text behind the echo does not repeat it once more."""
        self._behind += text
        behind, start = self._behind.lstrip(), self._echo.lstrip()[:LEAST]
        if behind.startswith(start):
            raise _undecidable()
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
        return self._prefill.find(part, self._prefill.find(part) + 1) >= 0


def _starts(text: str) -> list[int]:
    lines = {place for line in _LINE.finditer(text) for place in line.span()}
    return sorted({0, *lines}) if text else []


def _undecidable() -> ContinuationRefusedError:
    return ContinuationRefusedError("bad_response", diagnosis="CannotTellWhatIsNew")
