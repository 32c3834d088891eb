"""The message form: how it arrives, and how it is shown."""

from dataclasses import dataclass, field
from typing import Annotated, Final
from uuid import UUID, uuid4

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response

from services.web.chats.sidebar import sidebar_page
from services.web.errors import TooManyRequestsError
from services.web.forms import CleanText, Invalid, read_fields, validate, within
from services.web.messages.model import Draft
from services.web.models.forms import ChosenModel
from services.web.models.picker import Picker, read_picker
from services.web.state import State

COMPOSER: Final = "messages/create.html"
EDIT: Final = "messages/edit.html"


def _uuid_or_new(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        return uuid4()


class MessageForm(BaseModel):
    """A message to be sent, and the model that is to answer it.

    Validated with the context `{"max_chars": int, "catalogue": ModelCatalogue}`.
    """

    content: CleanText = Field("", validate_default=True)
    key: Annotated[UUID, BeforeValidator(_uuid_or_new)] = Field(default_factory=uuid4)
    model: ChosenModel = None

    @field_validator("content")
    @classmethod
    def check_content(cls, content: str, info: ValidationInfo) -> str:
        """Refuse an empty or too long message; strip blank lines and spaces around it."""
        content = content.strip("\n").rstrip()
        if not content.strip():
            raise PydanticCustomError("empty", "Write a message first.")
        return within(content, (info.context or {})["max_chars"], "A message")


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as it is shown: what was typed, a fresh key, and a sentence for each error.

    `picker` has the models that the form of a new message offers.
    """

    content: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: str(uuid4()))
    picker: Picker | None = None


async def new_form(request: Request[State], content: str = "") -> FormView:
    """Return the form of a new message, with `content` typed in."""
    return FormView(content, picker=await read_picker(request))


async def read_draft(request: Request[State]) -> Draft | FormView:
    """Read the message that a request sends, or return the form that says what is wrong."""
    state = request.state
    fields = await read_fields(request)
    max_chars = state["settings"].message_max_chars
    form = validate(MessageForm, fields, {"max_chars": max_chars, "catalogue": state["catalogue"]})
    if isinstance(form, Invalid):
        picker = await read_picker(request, fields.get("model"))
        return FormView(fields.get("content", ""), form.errors, picker=picker)
    return Draft(form.content, form.key, form.model)


async def form_page(
    request: Request[State], template: str, form: FormView, status: int = 200, **context: object
) -> Response:
    """Show a form alone on its page; `status` is 422 for one with wrong fields."""
    return await sidebar_page(request, template, status, form=form, **context)


async def limit_page(
    request: Request[State], template: str, error: TooManyRequestsError, **context: object
) -> Response:
    """Show the form of a message that was refused for a limit, with what was typed."""
    fields = await read_fields(request)
    picker = await read_picker(request, fields.get("model"))
    form = FormView(fields.get("content", ""), {"limit": error.message}, picker=picker)
    page = await form_page(request, template, form, error.status, **context)
    page.headers["retry-after"] = str(error.retry_after)
    return page
