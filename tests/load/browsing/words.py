"""Made-up prose: the same for the same seed, with frequent words and rare ones."""

from itertools import accumulate
from random import Random
from typing import Final

_ONSETS: Final = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr")
_VOWELS: Final = ("a", "e", "i", "o", "u", "ei")
_VOCABULARY: Final = 6_000
_SENTENCE_WORDS: Final = (6, 16)


def _vocabulary() -> list[str]:
    random = Random(1)  # noqa: S311 - nothing secret
    words: dict[str, None] = {}
    while len(words) < _VOCABULARY:
        syllables = random.randint(2, 4)
        words[
            "".join(random.choice(_ONSETS) + random.choice(_VOWELS) for _ in range(syllables))
        ] = None
    return [*words]


WORDS: Final = _vocabulary()
# By Zipf's law: the n-th word is 1/n times as frequent as the first.
_WEIGHTS: Final = [*accumulate(1 / rank for rank in range(1, _VOCABULARY + 1))]


class Prose:
    """A writer."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - nothing secret

    def words(self, count: int) -> list[str]:
        """Return so many words."""
        return self._random.choices(WORDS, cum_weights=_WEIGHTS, k=count)

    def sentence(self) -> str:
        """Return a sentence."""
        words = self.words(self._random.randint(*_SENTENCE_WORDS))
        return f"{' '.join(words).capitalize()}."

    def paragraph(self, sentences: int) -> str:
        """Return a paragraph of so many sentences."""
        return " ".join(self.sentence() for _ in range(sentences))
