"""A session as its owner's page shows it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.web.accounts.sessions.model import ListedSession

_BROWSERS: Final = (
    ("Edge", r"\bEdgA?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Headless)?(?:Chrome|CriOS)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS: Final = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
)


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session, with the device in words; `is_this` tells the one that looks at the page."""

    id: int
    device: str
    address: str
    created_at: datetime
    used_at: datetime
    is_this: bool


def session_views(sessions: Iterable[ListedSession], *, this: int) -> list[SessionView]:
    """Return the views of sessions; the id of the page's own session is `this`."""
    return [
        SessionView(
            session.id,
            device_name(session.user_agent),
            session.address,
            session.created_at,
            session.used_at,
            session.id == this,
        )
        for session in sessions
    ]


def device_name(user_agent: str) -> str:
    """Return a browser and its system, as far as the `User-Agent` tells; else its beginning."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent[:60] or "Unknown device"


def _first(patterns: Iterable[tuple[str, str]], user_agent: str) -> str | None:
    return next((name for name, pattern in patterns if re.search(pattern, user_agent)), None)
