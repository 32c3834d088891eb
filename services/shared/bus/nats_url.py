"""Reads NATS_URL: the servers, and the user and password for all of them."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, urlsplit

import nats.errors
from pydantic import AfterValidator, SecretStr

NATS_URL_MEANING: Final = (
    "NATS server, with user and password; several of a cluster between commas."
)
NO_ADDRESS: Final = "each server is written nats://user:password@host:port"
SCHEMES: Final = ("nats://", "tls://")
WITHOUT_PATH: Final = (("", "", ""), ("/", "", ""))


def servers(url: str) -> list[str]:
    """List the servers in `url`, which are written between commas.

    Raises ValueError for a malformed address and for several logins: one login serves the whole
    cluster, also the servers that it announces to its clients. The error quotes nothing of `url`.
    """
    addresses = [address for part in url.split(",") if (address := part.strip())]
    if not addresses:
        raise ValueError(NO_ADDRESS)
    if len({(parts.username, parts.password) for parts in map(_split, addresses)}) > 1:
        raise ValueError("the servers of NATS_URL have one user and one password")
    return addresses


def _split(address: str) -> SplitResult:
    # The library's own errors quote the part that is wrong, such as half of a password.
    with suppress(ValueError):
        parts = urlsplit(address)
        is_whole = parts.hostname and parts.port != 0 and parts[2:] in WITHOUT_PATH
        if is_whole and address.startswith(SCHEMES):
            return parts
    raise ValueError(NO_ADDRESS)


def _check_url(url: SecretStr) -> SecretStr:
    servers(url.get_secret_value())
    return url


type NatsUrl = Annotated[SecretStr, AfterValidator(_check_url)]


def login(first: str, url: Callable[[], str]) -> dict[str, Any]:
    """Return nats-py's arguments for a login, if the address `first` has a user and a password.

    Each connection, to any server of the cluster, uses the password in `url()` at that time.
    """
    parts = urlsplit(servers(first)[0])

    def password() -> str:
        # An error raised here would end the reconnecting.
        with suppress(ValueError):
            return urlsplit(servers(url())[0]).password or ""
        return ""

    return {} if parts.password is None else {"user": parts.username, "password": password}


def inbox_prefix(url: str) -> str:
    """Return the prefix of the inboxes of the user in `url`; `nats.conf` gives each its own."""
    user = urlsplit(servers(url)[0]).username
    return f"_INBOX_{user}" if user else "_INBOX"


def is_refusal(error: Exception) -> bool:
    """Return whether the server has refused the login."""
    return "authorization" in str(error).lower()


def may_be_refusal(error: Exception) -> bool:
    """Return whether the server has refused the login, or has closed the connection.

    A server that refuses a login may close the connection before its reason was read.
    """
    return isinstance(error, ConnectionResetError | nats.errors.UnexpectedEOF) or is_refusal(error)


def reason_of(error: Exception) -> str:
    """Explain to a person why there is no connection."""
    if may_be_refusal(error):
        return "NATS refused the connection: are the user and the password right?"
    return f"no connection to NATS ({error}): is the stack running?"
