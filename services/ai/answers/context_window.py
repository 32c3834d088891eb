"""Chooses how much of a chat a model is told, with token counts that are estimated and learned."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from cachetools import LRUCache

from services.shared.bus.messages import Turn

TURN_TOKENS: Final = 5
"""What chat templates put around a turn."""

# Of a longer text only samples are looked at, so that no text takes longer than this many.
SAMPLES: Final = 16
SAMPLE_CHARS: Final = 1024

# Byte-pair encodings begin as this does: they cut a text into words with the space before them,
# and numbers, and punctuation, and then join what is frequent. A piece here is about one token of
# o200k and cl100k: of English, code, JSON and tables these make 0 to 25 % fewer.
_PIECE: Final = re.compile(
    r" ?(?:[A-Z]?[a-z]{1,6}|[A-Z]{1,2}|[0-9]{1,2}|[^\sA-Za-z0-9\x80-\U0010ffff]{1,2})|\s{1,16}",
    re.ASCII,
)
# Tokens that a character takes which is 2, 3 and 4 bytes long in UTF-8: Greek and Arabic, say;
# Chinese, Japanese, Korean and Hindi; emoji. Between cl100k, which has more, and o200k.
TWO_BYTES, THREE_BYTES, FOUR_BYTES = 0.65, 1.15, 2.5

LOWEST_RATIO, HIGHEST_RATIO = 0.25, 4.0
# A prompt that is too long costs an answer, one that is too short some memory: rise fast.
RISE, FALL = 0.5, 0.2
# The template's own words outweigh a shorter prompt's.
LEAST_TOKENS: Final = 100
MARGIN: Final = 1.05
MOST_MODELS: Final = 1000


@dataclass(frozen=True, slots=True)
class Window:
    """What a model is told, the system prompt first if there is one; `left_out` counts turns."""

    turns: tuple[Turn, ...]
    left_out: int


def fit(
    turns: Sequence[Turn], *, system: str, limit: int | None, reserve: int, ratio: float = 1.0
) -> Window:
    """Choose the newest of `turns` that fit into a context of `limit` tokens (None: they all do).

    `reserve` tokens are kept free for the answer, at most half of the limit. `ratio` is how many
    real tokens an estimated one is. The system prompt is always there, and so is the newest turn of
    the user with what follows it, even where these alone are too long: then the endpoint decides.
    A window does not begin with an answer whose question was left out.
    """
    opening = (Turn(role="system", content=system),) if system else ()
    if limit is None:
        return Window((*opening, *turns), 0)
    room = (limit - min(reserve, limit // 2)) / ratio - estimate_turns(opening)
    first = _first_that_fits(turns, room)
    return Window((*opening, *turns[first:]), first)


def estimate_turns(turns: Iterable[Turn]) -> int:
    """Estimate how many tokens a prompt of `turns` has, with what a chat template adds."""
    return sum(estimate_tokens(turn.content) + TURN_TOKENS for turn in turns)


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens `text` has: for Latin writing and code about a tenth too many.

    Looks at 16,384 characters of it at most.
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
    # The sizes of its encodings tell how many characters of each length a text has.
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
    """How many real tokens an estimated one is, learned for each model from what endpoints say."""

    _ratios: LRUCache[str | None, float] = field(default_factory=lambda: LRUCache(MOST_MODELS))

    def ratio(self, model: str | None) -> float:
        """Return real tokens per estimated one, from 0.25 to 4; 1 for a model not yet seen."""
        return self._ratios.get(model, 1.0)

    def learn_usage(self, model: str | None, *, estimated: int, reported: int) -> None:
        """Learn from the size of a prompt as the endpoint reported it; 0 is no report."""
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
        """Learn from a refusal of a prompt as too long, as far as it says for what and how long.

        Where it tells only the limit, a prompt that was believed to fit has at least that size.
        """
        if estimated <= 0:
            return
        if used is not None:
            self._set(model, max(self.ratio(model), used / estimated))
        elif limit is not None and estimated * self.ratio(model) <= limit:
            self._set(model, limit / estimated * MARGIN)

    def _set(self, model: str | None, ratio: float) -> None:
        self._ratios[model] = min(HIGHEST_RATIO, max(LOWEST_RATIO, ratio))
