"""The form of a prompt: how it arrives, and how it is shown."""

from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from services.web.forms import CleanText, Invalid, read_fields, validate, within
from services.web.state import State

NAME_CHARS: Final = 60


class PromptForm(BaseModel):
    """A prompt to be stored; validated with the context `{"max_chars": int}`."""

    name: CleanText = Field("", validate_default=True)
    content: CleanText = Field("", validate_default=True)

    @field_validator("name")
    @classmethod
    def check_name(cls, name: str) -> str:
        """Refuse an empty or too long name; a name is one line."""
        name = " ".join(name.split())
        if not name:
            raise PydanticCustomError("empty", "Give the prompt a name.")
        return within(name, NAME_CHARS, "A name")

    @field_validator("content")
    @classmethod
    def check_content(cls, content: str, info: ValidationInfo) -> str:
        """Refuse an empty text, and one that is too long for a message."""
        content = content.strip("\n").rstrip()
        if not content.strip():
            raise PydanticCustomError("empty", "Write the text of the prompt.")
        return within(content, (info.context or {})["max_chars"], "A prompt")


@dataclass(frozen=True, slots=True)
class PromptView:
    """A form as it is shown: what was typed, and a sentence for each wrong field."""

    name: str = ""
    content: str = ""
    errors: dict[str, str] = field(default_factory=dict)


async def read_prompt(request: Request[State]) -> PromptForm | PromptView:
    """Read the prompt that a request sends, or return the form that says what is wrong."""
    fields = await read_fields(request)
    max_chars = request.state["settings"].message_max_chars
    form = validate(PromptForm, fields, {"max_chars": max_chars})
    if isinstance(form, Invalid):
        return PromptView(fields.get("name", ""), fields.get("content", ""), form.errors)
    return form
