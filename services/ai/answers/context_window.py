"""Chooses how much of a chat a model gets, with token counts that are estimated and calibrated."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from cachetools import LRUCache

from services.shared.bus.messages import Turn

TURN_TOKENS: Final = 5
"""What chat templates put around a turn."""

# A longer text is only sampled, so that estimates take bounded time.
SAMPLES: Final = 16
SAMPLE_CHARS: Final = 1024

# Byte-pair encodings split a text like this first: words with the space before them, numbers and
# punctuation. They then merge what is frequent: o200k and cl100k make 0 to 25 % fewer tokens of
# English, code, JSON and tables than there are pieces here.
_PIECE: Final = re.compile(
    r" ?(?:[A-Z]?[a-z]{1,6}|[A-Z]{1,2}|[0-9]{1,2}|[^\sA-Za-z0-9\x80-\U0010ffff]{1,2})|\s{1,16}",
    re.ASCII,
)
# Tokens per character of 2, 3 and 4 bytes in UTF-8: Greek and Arabic; Chinese, Japanese, Korean
# and Hindi; emoji. The values lie between o200k and cl100k, which makes more.
TWO_BYTES, THREE_BYTES, FOUR_BYTES = 0.65, 1.15, 2.5

LOWEST_RATIO, HIGHEST_RATIO = 0.25, 4.0
# A prompt that is too long costs the answer, one that is too short some memory: rise fast.
RISE, FALL = 0.5, 0.2
# In a shorter prompt the chat template dominates.
LEAST_TOKENS: Final = 100
MARGIN: Final = 1.05
MOST_MODELS: Final = 1000


@dataclass(frozen=True, slots=True)
class Window:
    """The turns that a model gets, the system prompt first; `left_out` counts other turns."""

    turns: tuple[Turn, ...]
    left_out: int


def fit(
    turns: Sequence[Turn], *, system: str, limit: int | None, reserve: int, ratio: float = 1.0
) -> Window:
    """Choose the newest of `turns` that fit into a context of `limit` tokens (None: all fit).

    `reserve` tokens are kept free for the answer, at most half of the limit. `ratio` is real tokens
    per estimated one. The system prompt is always included, and so is the user's newest turn with
    what follows it, even where these alone are too long: then the endpoint decides. A window does
    not begin with an answer whose question was left out.
    """
    opening = (Turn(role="system", content=system),) if system else ()
    if limit is None:
        return Window((*opening, *turns), 0)
    room = (limit - min(reserve, limit // 2)) / ratio - estimate_turns(opening)
    first = _first_that_fits(turns, room)
    return Window((*opening, *turns[first:]), first)


def estimate_turns(turns: Iterable[Turn]) -> int:
    """Estimate the tokens of a prompt of `turns`, including what a chat template adds."""
    return sum(estimate_tokens(turn.content) + TURN_TOKENS for turn in turns)


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of `text`: about a tenth too many for Latin script and code.

    Reads at most 16,384 characters of it.
    """
    if len(text) <= SAMPLES * SAMPLE_CHARS:
        return ceil(_count(text))
    starts = (place * (len(text) - SAMPLE_CHARS) // (SAMPLES - 1) for place in range(SAMPLES))
    counted = sum(_count(text[start : start + SAMPLE_CHARS]) for start in starts)
    return ceil(counted * len(text) / (SAMPLES * SAMPLE_CHARS))


def _count(text: str) -> float:
    pieces = len(_PIECE.findall(text))
    if text.isascii():
        return pieces
    # The sizes of its encodings give the number of characters of each length.
    others = len(text) - len(text.encode("ascii", "ignore"))
    four = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    beyond = len(text.encode("utf-8", "surrogatepass")) - len(text)
    three = beyond - 3 * four - (others - four)
    two = others - four - three
    return pieces + TWO_BYTES * two + THREE_BYTES * three + FOUR_BYTES * four


def _first_that_fits(turns: Sequence[Turn], room: float) -> int:
    questions = (place for place in reversed(range(len(turns))) if turns[place].role == "user")
    newest = next(questions, max(0, len(turns) - 1))
    first = newest
    room -= estimate_turns(turns[newest:])
    while first > 0:
        room -= estimate_turns(turns[first - 1 : first])
        if room < 0:
            break
        first -= 1
    while 0 < first < newest and turns[first].role == "assistant":
        first += 1
    return first


@dataclass(slots=True)
class Calibration:
    """Real tokens per estimated one, learned for each model from what endpoints report."""

    _ratios: LRUCache[str | None, float] = field(default_factory=lambda: LRUCache(MOST_MODELS))

    def ratio(self, model: str | None) -> float:
        """Return the ratio of a model, from 0.25 to 4; 1 for a model that was not seen yet."""
        return self._ratios.get(model, 1.0)

    def learn_usage(self, model: str | None, *, estimated: int, reported: int) -> None:
        """Learn from the tokens of a prompt that the endpoint reported; 0 is no report."""
        if estimated < LEAST_TOKENS or reported <= 0:
            return
        seen = reported / estimated
        known = self._ratios.get(model)
        if known is None:
            self._set(model, seen)
        else:
            self._set(model, known + (RISE if seen > known else FALL) * (seen - known))

    def learn_refusal(
        self, model: str | None, *, estimated: int, limit: int | None, used: int | None = None
    ) -> None:
        """Learn from the refusal of a prompt as too long, and from its limit or size if named.

        Where only the limit is named, a prompt that should have fitted has at least that size.
        """
        if estimated <= 0:
            return
        if used is not None:
            self._set(model, max(self.ratio(model), used / estimated))
        elif limit is not None and estimated * self.ratio(model) <= limit:
            self._set(model, limit / estimated * MARGIN)

    def _set(self, model: str | None, ratio: float) -> None:
        self._ratios[model] = min(HIGHEST_RATIO, max(LOWEST_RATIO, ratio))
