"""The message form as it is shown, and as it arrives."""

from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

# Neither PostgreSQL nor HTML can hold these; what stands in their place shows that they were there.
UNREADABLE = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if chr(code) not in "\t\n"}


def _readable(text: object) -> object:
    """Use one kind of line end (browsers send CRLF) and no control characters."""
    if not isinstance(text, str):
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(UNREADABLE)


def _uuid_or_new(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        return uuid4()


class MessageForm(BaseModel):
    """A message to be sent; validated with the context `{"max_chars": int}`."""

    content: Annotated[str, BeforeValidator(_readable)] = Field("", validate_default=True)
    key: Annotated[UUID, BeforeValidator(_uuid_or_new)] = Field(default_factory=uuid4)

    @field_validator("content")
    @classmethod
    def check_content(cls, content: str, info: ValidationInfo) -> str:
        """Refuse the empty and the over-long; the message's own blank edges go."""
        content = content.strip("\n").rstrip()
        if not content.strip():
            raise PydanticCustomError("empty", "Write a message first.")
        limit = (info.context or {})["max_chars"]
        if len(content) > limit:
            raise PydanticCustomError(
                "too_long",
                "A message may have {limit} characters; this one has {length}.",
                {"limit": f"{limit:,}", "length": f"{len(content):,}"},
            )
        return content


@dataclass(frozen=True, slots=True)
class FormView:
    """The composer: what was typed, a fresh key, and a sentence for each field at fault."""

    content: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: str(uuid4()))
