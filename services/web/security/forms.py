"""The forms of the account's page."""

from dataclasses import dataclass, field

from starlette.requests import Request

from services.web.accounts.password_rules import wrong_length
from services.web.forms import read_fields
from services.web.state import State


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """A change of password; the present one proves that it is the owner's."""

    present: str
    new: str


@dataclass(frozen=True, slots=True)
class FormErrors:
    """What is wrong with a form: a sentence for each field."""

    errors: dict[str, str] = field(default_factory=dict)


async def read_password_change(request: Request[State]) -> PasswordChange | FormErrors:
    """Read a change of password, or return what is wrong."""
    fields = await read_fields(request)
    new, least = fields.get("new", ""), request.state["settings"].password_min_chars
    if fault := wrong_length(new, least_chars=least):
        return FormErrors({"new": fault})
    return PasswordChange(fields.get("present", ""), new)
