"""How a service logs in to NATS, and what it looks like where NATS refuses that."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import nats.errors


def login(first: str, url: Callable[[], str]) -> dict[str, Any]:
    """Return how nats-py is to log in, where the address `first` has a user and a password.

    The password is that of `url()` at each connection.
    """
    user = urlsplit(first).username

    def password() -> str:
        # What is raised here would end the reconnecting.
        with suppress(ValueError):
            return urlsplit(url()).password or ""
        return ""

    return {} if urlsplit(first).password is None else {"user": user, "password": password}


def inbox_prefix(url: str) -> str:
    """Name where the user in `url` gets its replies; `nats.conf` keeps the users' apart."""
    user = urlsplit(url).username
    return f"_INBOX_{user}" if user else "_INBOX"


def is_refusal(error: Exception) -> bool:
    """Tell whether the server said that it does not take the login."""
    return "authorization" in str(error).lower()


def reason_of(error: Exception) -> str:
    """Say to a person why there is no connection."""
    # A server that refuses a login may close the connection before its reason was read.
    closed = isinstance(error, ConnectionResetError | nats.errors.UnexpectedEOF)
    if closed or is_refusal(error):
        return "NATS refused the connection: are the user and the password right?"
    return f"no connection to NATS ({error}): is the stack running?"
