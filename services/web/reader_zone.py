"""The reader's time zone, which the page's script tells in a cookie."""

import re
from datetime import UTC, timedelta, timezone
from typing import Final

from starlette.requests import Request

from services.web.state import State

COOKIE: Final = "utc-offset"
"""How many minutes the reader's clock is ahead of UTC."""
_MINUTES: Final = re.compile(r"-?[0-9]{1,3}", re.ASCII)
# The islands at the date line are the farthest from UTC.
_FARTHEST: Final = timedelta(hours=14)


def reader_zone(request: Request[State]) -> timezone:
    """Read the reader's time zone; UTC where the cookie is missing or no such number.

    A zone from the cookie has no name: readers know it.
    """
    cookie = request.cookies.get(COOKIE, "")
    if _MINUTES.fullmatch(cookie) is None:
        return UTC
    offset = timedelta(minutes=int(cookie))
    return timezone(offset, "") if abs(offset) <= _FARTHEST else UTC
