"""What a person can choose about the pages."""

from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)


class Preferences(BaseModel):
    """The choices of one account; names and values that this version does not know are ignored.

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

    @field_validator("*", mode="wrap")
    @classmethod
    def know_or_ignore(
        cls, value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Any:
        """Read a value; one that a later version has stored counts as not chosen."""
        try:
            return read(value)
        except ValidationError:
            return cls.model_fields[info.field_name or ""].default
