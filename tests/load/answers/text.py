"""The answers of the benchmark: Markdown in which each chunk brings a word that no other has."""

import re
import string
from collections.abc import Iterator
from typing import Final

MOST_ANSWERS: Final = 36**2
MOST_CHUNKS: Final = 36**2

# Each @ is one chunk's word: a heading, prose, a list, code and a table, as models write them.
_LAYOUT: Final = """\
## @ @ @ @

@ @ @ @ @ @ @ @, @ @ **@ @** @ @ @ @ @ @ @ @. @ @ @ @ @ `@` @ @ @ @ @ @ @ @ @ @, @ @ @ @ @.

@ @ @ @ @ @ @ @ @ @ @ *@* @ @ @ @ @ @ @ @ @ @ @ @ @ @ @, @ @ @ @ @ @ @ @ @ @ @ @ @ @ @:

- @ @ @ @ @ @ @ @ @
- **@** @ @ @ @ @ @ @
- @ @ @ @ @ @ @ @ @ @ @ @
- @ @ @ `@` @ @

```python
def @(@, @):
    @ = @ + @(@)
    if @ > @:
        return @
    return @
```

@ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @:

| @ | @ | @ |
|---|---|---|
| @ | @ | @ |
| @ @ | @ | @ |
| @ | @ @ @ | @ |

@ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @.

"""
_FIRST, *_BETWEEN, _LAST = _LAYOUT.split("@")
_BEFORE: Final = (_LAST + _FIRST, *_BETWEEN)
_DIGITS: Final = string.digits + string.ascii_lowercase
_QUESTION: Final = re.compile(r"Answer (\d+): (\d+) words, (\d+) a second\.")


def question(answer: int, words: int, rate: int) -> str:
    """Ask the benchmark's endpoint for an answer by its number, its length and its pace."""
    return f"Answer {answer}: {words} words, {rate} a second."


def asked_for(text: str) -> tuple[int, int, int] | None:
    """Read what `question` has put; None where the text is none of its."""
    found = _QUESTION.fullmatch(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def chunk_text(answer: int, number: int) -> str:
    """Return what chunk `number` of an answer adds: its word, and the Markdown before it."""
    return f"{_BEFORE[number % len(_BEFORE)]}q{_pair(answer)}{_pair(number)}"


class Words:
    """Finds the words of one answer in HTML."""

    def __init__(self, answer: int) -> None:
        self._pattern = re.compile(rb"\bq%b([0-9a-z]{2})\b" % _pair(answer).encode())

    def numbers(self, html: bytes, start: int, end: int) -> Iterator[int]:
        """Yield the number of each chunk whose word stands between these two places."""
        for found in self._pattern.finditer(html, start, end):
            yield int(found[1], 36)


def _pair(number: int) -> str:
    return _DIGITS[number // 36] + _DIGITS[number % 36]
