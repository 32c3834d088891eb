"""The weights: what may follow a token, and a chance that the position decides."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from math import log, sqrt
from random import Random
from typing import Final

from tests.models.tiny.corpus import ANSWERS, THOUGHTS
from tests.models.tiny.vocabulary import ANSWER, END, THINK, THOUGHT, Vocabulary, pieces

SEED: Final = 22
"""One with which answers have about 300 tokens."""
CONTEXT: Final = 4096
"""Tokens that it can read at once."""
HEAD: Final = 64
CHANCES: Final = 32
"""Dimensions of a position."""
CHANCE: Final = 1.5
"""Standard deviation of what a position adds to a logit."""
NEVER: Final = -100.0
ENDS: Final = 1 / 25
"""Share of full stops with which an answer ends."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Of a GPT-2 with one layer that does nothing; matrices by rows, of `width` numbers each."""

    width: int
    tokens: array[float]
    positions: array[float]
    head: array[float]

    @property
    def scale(self) -> float:
        """What the last norm multiplies with, so that it leaves everything as it is."""
        return sqrt(3 / self.width)


def weights(vocabulary: Vocabulary) -> Weights:
    """Make them; they are the same each time."""
    chance = Random(SEED)  # noqa: S311 - to be the same in every run
    size = len(vocabulary.tokens)
    width = -(-(size + 1 + CHANCES) // HEAD) * HEAD
    follows = _follows(vocabulary)
    # One dimension for each token; another one keeps the mean of all at zero.
    tokens = [_row(width, {number: 1.0, size: -1.0}) for number in range(size)]
    positions = [_row(width, dict(enumerate(_place(chance), size + 1))) for _ in range(CONTEXT)]
    head = [
        _row(width, _logits(follows, number, size) | dict(enumerate(_luck(chance), size + 1)))
        for number in range(size)
    ]
    return Weights(width, _joined(tokens), _joined(positions), _joined(head))


def _follows(vocabulary: Vocabulary) -> dict[tuple[int, int], float]:
    """Return the logarithm of how often the second of two tokens follows the first."""
    pairs = Counter(_pairs())
    totals = Counter[str]()
    for (first, _), count in pairs.items():
        totals[first] += count
    number = vocabulary.number
    chances = {pair: count / totals[pair[0]] for pair, count in pairs.items()}
    chances[".", END] = ENDS
    return {(number(first), number(second)): log(c) for (first, second), c in chances.items()}


def _pairs() -> Iterator[tuple[str, str]]:
    said, thought = [*pieces(ANSWERS)], [*pieces(THOUGHTS)]
    starts = [line.split()[0] for line in ANSWERS.splitlines() if line[:1].isalpha()]
    yield from pairwise(said)
    yield from pairwise(thought)
    yield (";", THOUGHT)
    for start in starts:
        yield from ((ANSWER, start), (THOUGHT, start))
    yield (THINK, thought[0])


def _row(width: int, values: dict[int, float]) -> array[float]:
    row = array("f", bytes(4 * width))
    for place, value in values.items():
        row[place] = value
    return row


def _logits(follows: dict[tuple[int, int], float], second: int, size: int) -> dict[int, float]:
    return {first: follows.get((first, second), NEVER) for first in range(size)}


def _place(chance: Random) -> Iterable[float]:
    half = [chance.gauss(0, 1) for _ in range(CHANCES // 2)]
    length = sqrt(2 * sum(value * value for value in half))
    return chain.from_iterable((value / length, -value / length) for value in half)


def _luck(chance: Random) -> Iterable[float]:
    return (chance.gauss(0, CHANCE) for _ in range(CHANCES))


def _joined(rows: Iterable[array[float]]) -> array[float]:
    whole = array("f")
    for row in rows:
        whole.extend(row)
    return whole
