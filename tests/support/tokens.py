"""Stream tokens as web mints them, and as nobody should."""

from collections.abc import Mapping

import jwt
from pydantic import SecretStr

from services.shared.bus.subjects import GroupNameError, check_group
from services.shared.stream_token import ALGORITHM, StreamKeys

SECRET = "stream-key-of-the-tests-0123456789abcdef"
KEYS = StreamKeys([SECRET])
STREAM_KEYS = (SecretStr(SECRET),)
"""The same as a service's settings hold it."""


def token_for(group: str, user: str = "1", seconds: int = 300) -> str:
    """Mint a token; where `group` is no group, one of another group."""
    try:
        return KEYS.mint(user, check_group(group), seconds=seconds)
    except GroupNameError:
        return KEYS.mint(user, check_group("chat_1"), seconds=seconds)


def minted_at(group: str, moment: float, seconds: int = 60) -> str:
    """Mint a token by a clock that shows `moment`, in seconds since the epoch."""
    keys = StreamKeys([SECRET], clock=lambda: moment)
    return keys.mint("1", check_group(group), seconds=seconds)


def forged(group: str) -> str:
    """Write a token whose signature is another's."""
    head, payload, signature = token_for(group).split(".")
    return f"{head}.{payload}.{signature[::-1]}"


def signed(
    claims: Mapping[str, object],
    secret: str = SECRET,
    headers: Mapping[str, object] | None = None,
) -> str:
    """Sign any claims at all, as a stock JWT library does."""
    return jwt.encode(dict(claims), secret, ALGORITHM, headers=dict(headers or {}))
