"""The settings as the page shows them."""

from dataclasses import dataclass
from typing import Final, Literal

from services.web.accounts.preferences import Preferences


@dataclass(frozen=True, slots=True)
class Setting:
    """One choice; `name` is its field of `Preferences`, `choices` are values with labels.

    The page's `element` has it as the data attribute `attribute`.
    """

    name: str
    label: str
    choices: dict[str, str]
    element: Literal["html", "body"]
    attribute: str
    hint: str = ""

    def chosen(self, preferences: Preferences) -> str:
        """Return the value that a person has chosen."""
        value = getattr(preferences, self.name)
        return str(value).lower() if isinstance(value, bool) else value


@dataclass(frozen=True, slots=True)
class Section:
    """Settings that belong together."""

    title: str
    settings: tuple[Setting, ...]


ON_OFF: Final = {"true": "On", "false": "Off"}
SECTIONS: Final = (
    Section(
        "Look",
        (
            Setting(
                "theme",
                "Theme",
                {"system": "System", "light": "Light", "dark": "Dark"},
                "html",
                "theme",
            ),
            Setting(
                "contrast",
                "Contrast",
                {"system": "System", "more": "High"},
                "html",
                "contrast",
            ),
            Setting(
                "text",
                "Size of text",
                {"100": "Normal", "112": "Larger", "125": "Largest"},
                "html",
                "text",
            ),
            Setting(
                "width", "Width of text", {"normal": "Normal", "wide": "Wide"}, "html", "width"
            ),
        ),
    ),
    Section(
        "Writing and reading",
        (
            Setting(
                "enter",
                "Enter in the message box",
                {"send": "Sends the message", "newline": "Begins a new line"},
                "body",
                "enter",
                "The other is done with Shift+Enter, or with Ctrl+Enter (⌘+Enter).",
            ),
            Setting(
                "follow",
                "While an answer is written",
                {"true": "Follow its end", "false": "Stay at its beginning"},
                "body",
                "follow",
            ),
        ),
    ),
    Section(
        "Keyboard",
        (
            Setting(
                "single_keys",
                "Single-letter shortcuts",
                ON_OFF,
                "body",
                "singleKeys",
                "Turn them off if you use speech input, or press keys by accident.",
            ),
            Setting(
                "search_key",
                "Search with Ctrl+K (⌘K)",
                ON_OFF,
                "body",
                "searchKey",
                "Off gives the keys back to the browser.",
            ),
        ),
    ),
)
SETTINGS: Final = {setting.name: setting for section in SECTIONS for setting in section.settings}
