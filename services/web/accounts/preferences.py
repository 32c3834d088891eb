"""What a person can choose about the pages."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Preferences(BaseModel):
    """The choices of one account; a name that this version does not know is ignored.

    `text` is in percent. With `enter` as "send", Shift+Enter begins a new line; as "newline",
    Ctrl+Enter sends. `single_keys` are shortcuts of one letter, `search_key` is Ctrl+K. `follow`
    decides whether the page follows an answer that grows below it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    theme: Literal["system", "light", "dark"] = "system"
    contrast: Literal["system", "more"] = "system"
    text: Literal["100", "112", "125"] = "100"
    width: Literal["normal", "wide"] = "normal"
    enter: Literal["send", "newline"] = "send"
    single_keys: bool = True
    search_key: bool = True
    follow: bool = True
