"""The forms of signing in and up: how they arrive, and how they are shown."""

from dataclasses import dataclass, field

from starlette.requests import Request

from services.web.accounts.names import NAME_RULE, is_name, normal_name
from services.web.accounts.password_rules import wrong_length
from services.web.forms import clean_text, read_fields
from services.web.state import State


@dataclass(frozen=True, slots=True)
class SignInForm:
    """Who wants to sign in, and where they go then; `name` is a normal one."""

    name: str
    password: str
    next_path: str


@dataclass(frozen=True, slots=True)
class NewAccountForm:
    """An account to be made; `secret` is an invitation's token or the setup code."""

    name: str
    password: str
    secret: str


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as it is shown: what was typed, but for passwords, and a sentence for each error.

    `note` says what has just happened.
    """

    name: str = ""
    secret: str = ""
    next_path: str = ""
    note: str = ""
    errors: dict[str, str] = field(default_factory=dict)


async def read_sign_in(request: Request[State]) -> SignInForm:
    """Read who wants to sign in."""
    fields = await read_fields(request)
    name = normal_name(clean_text(fields.get("name", "")))
    return SignInForm(name, fields.get("password", ""), fields.get("next", ""))


async def read_new_account(request: Request[State], *, secret: str) -> NewAccountForm | FormView:
    """Read the account to be made, or return the form that says what is wrong.

    `secret` names the field of the invitation or of the code.
    """
    fields = await read_fields(request)
    typed, given = clean_text(fields.get("name", "")), clean_text(fields.get(secret, "")).strip()
    name, password = normal_name(typed), fields.get("password", "")
    errors = {}
    if not is_name(name):
        errors["name"] = f"A name has {NAME_RULE}."
    least = request.state["settings"].password_min_chars
    if fault := wrong_length(password, least_chars=least):
        errors["password"] = fault
    if errors:
        return FormView(typed, given, errors=errors)
    return NewAccountForm(name, password, given)
