"""An account, which owns chats."""

from dataclasses import dataclass

from services.web.accounts.preferences import Preferences


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account."""

    id: int
    name: str
    preferences_json: str

    @property
    def preferences(self) -> Preferences:
        """What the person has chosen about the pages."""
        return Preferences.model_validate_json(self.preferences_json)
