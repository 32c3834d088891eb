"""Hides what a connection must not tell, wherever an endpoint repeats it."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Self
from urllib.parse import quote, urlsplit

from services.ai.provider.settings import ConnectionSettings
from services.shared.masking import MASK, mask_keys, one_line, shortened

LONGEST_WORDS: Final = 600
LONGEST_ADDRESS: Final = 300

PART: Final = 8
"""Characters of a secret, in a row, that are hidden wherever they stand: echoes are cut short."""
_LEAST: Final = 4
"""A shorter "key" is a placeholder, and part of too many words."""
_LONGEST_READ: Final = 8192
_NO_SECRETS: Final = frozenset({"basic", "bearer", "http", "https", "none", "true", "false"})
# Azure's is a date, and a refusal that names it is the one that helps.
_OPEN_PARAMETERS: Final = frozenset({"api-version"})


class Mask:
    """What one connection must not tell, made into something that hides it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {word for secret in secrets for word in _words(secret)}
        self._parts = frozenset(
            word[i : i + PART] for word in known for i in range(len(word) - PART + 1)
        )
        short = sorted(word for word in known if _LEAST <= len(word) < PART)
        joined = "|".join(map(re.escape, short))
        self._short = re.compile(rf"(?<![\w-])(?:{joined})(?![\w-])", re.IGNORECASE | re.ASCII)
        self._has_short = bool(short)

    @classmethod
    def of(cls, settings: ConnectionSettings) -> Self:
        """Hide the key, and what is sent as headers and in the query."""
        secrets = [value.get_secret_value() for value in settings.headers.values()]
        secrets += [
            value for name, value in settings.parameters.items() if name not in _OPEN_PARAMETERS
        ]
        if settings.api_key is not None:
            secrets.append(settings.api_key.get_secret_value())
        return cls(secrets)

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
        if self._has_short:
            text = self._short.sub(MASK, text)
        return mask_keys(self._hide_parts(text))

    def _hide_parts(self, text: str) -> str:
        folded = text.translate(_LOWER)
        hidden: list[tuple[int, int]] = []
        for start in range(len(folded) - PART + 1):
            if folded[start : start + PART] in self._parts:
                if hidden and start <= hidden[-1][1]:
                    hidden[-1] = (hidden[-1][0], start + PART)
                else:
                    hidden.append((start, start + PART))
        for begin, end in reversed(hidden):
            text = f"{text[:begin]}{MASK}{text[end:]}"
        return text


_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _words(secret: str) -> Iterator[str]:
    """Take a secret apart: `Bearer x`, `https://x`; as it is, and as it stands in a URL."""
    for word in re.split(r"[\s,;]+|://", secret):
        folded = word.translate(_LOWER)
        if folded and folded not in _NO_SECRETS:
            yield folded
            yield quote(folded, safe="").translate(_LOWER)
