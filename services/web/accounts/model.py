"""An account, which owns chats."""

from dataclasses import dataclass

from services.web.accounts.preferences import Preferences


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account."""

    id: int
    name: str
    is_admin: bool
    preferences_json: str

    @property
    def preferences(self) -> Preferences:
        """What the person has chosen about the pages."""
        return Preferences.model_validate_json(self.preferences_json)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    account_id: int
    password_hash: str | None
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made; the name is a normal one."""

    name: str
    password_hash: str
    is_admin: bool = False
