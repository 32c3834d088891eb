"""Finds what of a connection's settings is secret, and in which forms an endpoint may repeat it."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlsplit

from services.ai.provider.settings import ConnectionSettings

LONGEST_PLACEHOLDER: Final = 11
"""A "key" without a digit that is no longer, such as `ollama`, is none."""

# By the last word of its name. Whatever else is called is secret.
_OPEN: Final = re.compile(
    r"(?:.*[-_])?"
    r"(?:accept|agent|beta|encoding|language|model|origin|referr?er|region|title|type|version)",
    re.IGNORECASE,
)
_ORDINARY: Final = re.compile("[A-Z]?[a-z]{1,10}|[a-z]{11}|[A-Z]{1,11}")


def secrets_of(settings: ConnectionSettings) -> Iterator[str]:
    """Give the key, and the values of headers and of the query whose names are not open ones."""
    if settings.api_key is not None:
        yield settings.api_key.get_secret_value()
    headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
    for values in (headers, settings.parameters):
        yield from (value for name, value in values.items() if not _OPEN.fullmatch(name))


def open_texts(settings: ConnectionSettings) -> Iterator[str]:
    """Give what is written openly: the host, the model and the deployment."""
    yield urlsplit(settings.address).netloc
    yield from filter(None, (settings.model, settings.deployment))


def forms_of(secret: str) -> Iterator[str]:
    """Take a secret apart: `Bearer x`, `https://x`, `Basic` and base64; and encode what it has.

    Base64 is that of the secret, and of the secret as a password without a user (RFC 7617).
    """
    words = re.split(r"[\s,;]+|://", secret)
    for word in [*words, *(part for sent in words for part in _user_and_password(sent))]:
        if len(word) > LONGEST_PLACEHOLDER or re.search("[0-9]", word):
            yield from (word, quote(word, safe=""))
            for sent in (word, f":{word}"):
                yield base64.b64encode(sent.encode()).decode().rstrip("=")


def ordinary_words(secret: str) -> Iterator[str]:
    """Give the words that a secret such as `openrouter-key` has in common with any text."""
    yield from (word for word in re.split("[^A-Za-z0-9]+", secret) if _ORDINARY.fullmatch(word))


def _user_and_password(word: str) -> list[str]:
    try:
        decoded = base64.b64decode(word, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return []
    return [decoded, *decoded.split(":", 1)] if ":" in decoded and decoded.isprintable() else []
