"""A session: one sign-in of a person on one device."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Self

from services.web.accounts.model import Account
from services.web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class Session:
    """The session of a request, found valid at `checked_at`, in seconds since the epoch."""

    id: int
    token: str
    checked_at: float


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A valid session with its account; `is_used_anew` if the use is to be stored."""

    session_id: int
    is_used_anew: bool
    account_id: int
    name: str
    is_admin: bool
    preferences_json: str

    @property
    def account(self) -> Account:
        """The account that the session is of."""
        return Account(self.account_id, self.name, self.is_admin, self.preferences_json)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions last, in seconds: without a request, and at most."""

    idle: int
    absolute: int

    @classmethod
    def of(cls, settings: WebSettings) -> Self:
        """Return what the settings say."""
        return cls(settings.session_idle_seconds, settings.session_seconds)

    @property
    def note_use_after(self) -> float:
        """How old the last use that is stored may be: not every request writes it."""
        return min(300.0, self.idle / 10)


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from, as its browser and its address say."""

    user_agent: str
    address: str


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session as its owner sees it."""

    id: int
    user_agent: str
    address: str
    created_at: datetime
    used_at: datetime


def hash_token(token: str) -> bytes:
    """Return what is stored of a token: it is random, so a fast hash is enough."""
    return sha256(token.encode()).digest()
