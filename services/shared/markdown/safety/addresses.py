"""The addresses that a page may link to."""

import re
from typing import Final

IMAGE_URL: Final = "data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}"
# Browsers drop tabs and line feeds in an address; encoded, they cannot hide a scheme.
_ENCODED: Final = re.compile(r'[\x00-\x20"<>\\^`{|}\x7f]')
_FOLLOWED: Final = re.compile(r"https?://[^/?#]|mailto:[^?]", re.IGNORECASE)


def safe_href(address: str) -> str | None:
    """Return an http, https or mailto address, percent-encoded where needed; None for others."""
    encoded = _ENCODED.sub(lambda found: f"%{ord(found[0]):02X}", address)
    return encoded if _FOLLOWED.match(encoded) else None
