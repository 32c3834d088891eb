"""The addresses that a page may link to."""

import re
from typing import Final

IMAGE_URL: Final = "data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}"
# Browsers drop tabs and line feeds in an address; encoded, they cannot hide a scheme.
_ENCODED: Final = re.compile(r'[\x00-\x20"<>\\^`{|}\x7f]')
_FOLLOWED: Final = re.compile(r"https?://[^/?#]|mailto:[^?]", re.IGNORECASE)

# What browsers take for the host, too: it may follow a name and a password.
_HOST: Final = re.compile(
    r"https?://(?:[^/?#]*@)?([\w.-]{1,253})(?::\d*)?(?:[/?#]|$)", re.IGNORECASE
)


def host_of(href: str) -> str:
    """Return the host of a safe http or https address.

    Empty for other addresses, and for a host with unusual characters, which browsers may read in a
    way of their own.
    """
    found = _HOST.match(href)
    return found[1].lower() if found else ""


def safe_href(address: str) -> str | None:
    """Return an http, https or mailto address, percent-encoded where needed; None for others."""
    encoded = _ENCODED.sub(lambda found: f"%{ord(found[0]):02X}", address)
    return encoded if _FOLLOWED.match(encoded) else None
