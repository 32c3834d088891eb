"""Hides the secrets of a connection wherever an endpoint repeats them.

A secret is found in its parts, in capitals, in base64, and broken by white space, punctuation, tags
or escapes. Not covered: an endpoint that encodes it on purpose in any other way, and eight letters
in a row without a digit that are broken.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, Self
from urllib.parse import urlsplit

from services.ai.provider.refusals.secret_forms import (
    forms_of,
    open_texts,
    ordinary_words,
    secrets_of,
)
from services.ai.provider.settings import ConnectionSettings
from services.shared.process.masking import MASK, mask_keys, one_line, shortened

LONGEST_WORDS: Final = 600
LONGEST_ADDRESS: Final = 300

PART: Final = 8
"""Characters of a secret, in a row, that are hidden wherever they stand: echoes are cut short."""
_LEAST: Final = 4
"""A shorter "key" is a placeholder, and part of too many words."""
_LONGEST_READ: Final = 8192
_TOKEN: Final = re.compile(
    r"%(?P<byte>[0-9a-f]{2})|\\u(?P<unit>[0-9a-f]{4})|(?P<tag></?[a-z]{1,10}/?>)|.",
    re.IGNORECASE | re.DOTALL,
)

type Span = tuple[int, int]


class Mask:
    """Hides the secrets of one connection."""

    def __init__(self, secrets: Iterable[str], written_openly: Iterable[str] = ()) -> None:
        known = {form for secret in secrets for form in forms_of(secret)}
        common = {word for form in known for word in ordinary_words(form)}
        self._open = {text.translate(_LOWER) for text in (*common, *written_openly)}
        self._parts = _parts(known)
        self._bare_parts = {part for part in _parts(map(_bare, known)) if not part.isalpha()}
        short = (word for word in known if _LEAST <= len(word) < PART)
        joined = "|".join(re.escape(word) for word in short if not self._is_open(word))
        self._short = re.compile(rf"(?<![\w-])(?:{joined})(?![\w-])", re.IGNORECASE | re.ASCII)
        self._has_short = bool(joined)

    @classmethod
    def of(cls, settings: ConnectionSettings, *names: str) -> Self:
        """Hide the secrets of the settings, but for open names of the settings and for `names`."""
        return cls(secrets_of(settings), [*open_texts(settings), *names])

    def words(self, said: str) -> str:
        """Return the words of an endpoint as they may be shown: short, on one line, masked."""
        return shortened(self._hide(one_line(said[:_LONGEST_READ])), LONGEST_WORDS)

    def name(self, name: str) -> str:
        """Return a name as it may be shown, of a model or a tool."""
        return shortened(self._hide(one_line(name[:_LONGEST_READ])), 200)

    def address(self, url: str) -> str:
        """Return a URL as it may be shown: without user, password, query and fragment."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        bare = parts._replace(netloc=host, query="", fragment="").geturl()
        return shortened(self._hide(one_line(bare)), LONGEST_ADDRESS)

    def _hide(self, text: str) -> str:
        for begin, end in reversed(_joined(self._found(text))):
            if not self._is_open(text[begin:end]):
                text = f"{text[:begin]}{MASK}{text[end:]}"
        if self._has_short:
            text = self._short.sub(MASK, text)
        return mask_keys(text)

    def _is_open(self, text: str) -> bool:
        """Return whether a text is part of an open name, or an ordinary word."""
        lower = text.translate(_LOWER)
        return any(lower in said for said in self._open)

    def _found(self, text: str) -> Iterator[Span]:
        lower = text.translate(_LOWER)
        for start in range(len(lower) - PART + 1):
            if lower[start : start + PART] in self._parts:
                yield start, start + PART
        bare, spans = _bare_with_spans(text)
        for start in range(len(bare) - PART + 1):
            if bare[start : start + PART] in self._bare_parts:
                yield spans[start][0], spans[start + PART - 1][1]


_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _parts(texts: Iterable[str]) -> set[str]:
    lower = [text.translate(_LOWER) for text in texts]
    return {text[i : i + PART] for text in lower for i in range(len(text) - PART + 1)}


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _bare(text: str) -> str:
    return _bare_with_spans(text)[0]


def _bare_with_spans(text: str) -> tuple[str, list[Span]]:
    """Return the letters and digits alone, decoded, in small letters, and the place of each."""
    found = [(char, token.span()) for token in _TOKEN.finditer(text) for char in _decoded(token)]
    return "".join(char for char, _ in found), [span for _, span in found]


def _decoded(token: re.Match[str]) -> Iterator[str]:
    """Yield the letters and digits that a token stands for; full-width ones count as plain."""
    if token["tag"]:
        return
    code = token["byte"] or token["unit"]
    char = chr(int(code, 16)) if code else token[0]
    for each in unicodedata.normalize("NFKC", char).lower():
        if each.isascii() and each.isalnum():
            yield each
