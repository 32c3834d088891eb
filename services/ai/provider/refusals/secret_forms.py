"""The secrets in a connection's settings, and the forms in which an endpoint may repeat them."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlsplit

from services.ai.provider.settings import ConnectionSettings

LONGEST_PLACEHOLDER: Final = 11
"""A "key" of at most so many characters and without a digit, such as `ollama`, is none."""

# By the last word of its name; the values of all other names are secret.
_OPEN: Final = re.compile(
    r"(?:.*[-_])?"
    r"(?:accept|agent|beta|encoding|language|model|origin|referr?er|region|title|type|version)",
    re.IGNORECASE,
)
_ORDINARY: Final = re.compile("[A-Z]?[a-z]{1,10}|[a-z]{11}|[A-Z]{1,11}")


def secrets_of(settings: ConnectionSettings) -> Iterator[str]:
    """Yield the key, and the values of headers and query parameters but for those in _OPEN."""
    if settings.api_key is not None:
        yield settings.api_key.get_secret_value()
    headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
    for values in (headers, settings.parameters):
        yield from (value for name, value in values.items() if not _OPEN.fullmatch(name))


def open_texts(settings: ConnectionSettings) -> Iterator[str]:
    """Yield the names that are no secrets: the host, the model and the deployment."""
    yield urlsplit(settings.address).netloc
    yield from filter(None, (settings.model, settings.deployment))


def forms_of(secret: str) -> Iterator[str]:
    """Yield the parts of a secret, such as `Bearer x` or `Basic` with base64, plain and encoded.

    Base64 is that of a part, and of the part as a password without a user (RFC 7617).
    """
    words = re.split(r"[\s,;]+|://", secret)
    for word in [*words, *(part for sent in words for part in _user_and_password(sent))]:
        if len(word) > LONGEST_PLACEHOLDER or re.search("[0-9]", word):
            yield from (word, quote(word, safe=""))
            for sent in (word, f":{word}"):
                yield base64.b64encode(sent.encode()).decode().rstrip("=")


def ordinary_words(secret: str) -> Iterator[str]:
    """Yield the ordinary words in a secret such as `openrouter-key`."""
    yield from (word for word in re.split("[^A-Za-z0-9]+", secret) if _ORDINARY.fullmatch(word))


def _user_and_password(word: str) -> list[str]:
    try:
        decoded = base64.b64decode(word, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return []
    return [decoded, *decoded.split(":", 1)] if ":" in decoded and decoded.isprintable() else []
