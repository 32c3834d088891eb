"""The message form: how it arrives, and how it is shown."""

from dataclasses import dataclass, field
from typing import Annotated, Final
from uuid import UUID, uuid4

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response

from services.web.chats.sidebar import sidebar_page
from services.web.forms import Invalid, read_fields, validate
from services.web.messages.model import Draft
from services.web.state import State

COMPOSER: Final = "messages/create.html"
EDIT: Final = "messages/edit.html"
# Neither PostgreSQL nor HTML can hold these; the replacement shows that they were there.
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
        """Refuse an empty or too long message; strip blank lines and spaces around it."""
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
    """A form as it is shown: what was typed, a fresh key, and a sentence for each error."""

    content: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: str(uuid4()))


async def read_draft(request: Request[State]) -> Draft | FormView:
    """Read the message that a request sends, or return the form that says what is wrong."""
    fields = await read_fields(request)
    max_chars = request.state["settings"].message_max_chars
    form = validate(MessageForm, fields, {"max_chars": max_chars})
    if isinstance(form, Invalid):
        return FormView(fields.get("content", ""), form.errors)
    return Draft(form.content, form.key)


async def form_page(
    request: Request[State], template: str, form: FormView, status: int = 200, **context: object
) -> Response:
    """Show a form alone on its page; `status` is 422 for one with errors."""
    return await sidebar_page(request, template, status, form=form, **context)
