"""How a service logs in to NATS, and what it looks like where NATS refuses that."""

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
    """List the servers that `url` names, between commas.

    Raises ValueError for what is no address of NATS, and for several logins: one does for all of a
    cluster, also for servers that it tells its clients of. The error's text holds nothing of `url`.
    """
    addresses = [address for part in url.split(",") if (address := part.strip())]
    if not addresses:
        raise ValueError(NO_ADDRESS)
    if len({(parts.username, parts.password) for parts in map(_split, addresses)}) > 1:
        raise ValueError("the servers of NATS_URL have one user and one password")
    return addresses


def _split(address: str) -> SplitResult:
    # The library's own errors quote the part that they find wrong, such as half of a password.
    with suppress(ValueError):
        parts = urlsplit(address)
        is_whole = parts.hostname and parts.port != 0 and parts[2:] in WITHOUT_PATH
        if is_whole and address.startswith(SCHEMES):
            return parts
    raise ValueError(NO_ADDRESS)


def check_url(url: SecretStr) -> SecretStr:
    """Return an address as it is, or raise ValueError where `servers` does."""
    servers(url.get_secret_value())
    return url


type NatsUrl = Annotated[SecretStr, AfterValidator(check_url)]


def login(first: str, url: Callable[[], str]) -> dict[str, Any]:
    """Return how nats-py is to log in, where the address `first` has a user and a password.

    The password is that of `url()` at each connection, to whichever server of the cluster.
    """
    parts = urlsplit(servers(first)[0])

    def password() -> str:
        # What is raised here would end the reconnecting.
        with suppress(ValueError):
            return urlsplit(servers(url())[0]).password or ""
        return ""

    return {} if parts.password is None else {"user": parts.username, "password": password}


def inbox_prefix(url: str) -> str:
    """Name where the user in `url` gets its replies; `nats.conf` keeps the users' apart."""
    user = urlsplit(servers(url)[0]).username
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
