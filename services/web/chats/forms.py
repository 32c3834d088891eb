"""The form that renames a chat."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field, field_validator

from services.web.chats.titles import visible
from services.web.forms import within

TITLE_MAX_CHARS: Final = 120


def _one_line(text: object) -> object:
    return " ".join(visible(text).split()) if isinstance(text, str) else text


class TitleForm(BaseModel):
    """A title of the person's own; an empty one stands for the chat's."""

    title: Annotated[str, BeforeValidator(_one_line)] = Field("", validate_default=True)

    @field_validator("title")
    @classmethod
    def check_title(cls, title: str) -> str:
        """Refuse a title that is too long."""
        return within(title, TITLE_MAX_CHARS, "A title")
