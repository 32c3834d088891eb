"""Shows the pages of people who are not signed in."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from services.web.accounts.forms import FormView
from services.web.csrf import csrf_field
from services.web.errors import TooManyRequestsError
from services.web.state import State


def form_page(
    request: Request[State], template: str, form: FormView, status: int = 200, **context: object
) -> Response:
    """Show a form alone on its page."""
    settings, templates = request.state["settings"], request.state["templates"]
    return templates.page(
        template,
        status,
        csrf_field=csrf_field(request),
        preferences=None,
        form=form,
        least_chars=settings.password_min_chars,
        sign_up=settings.sign_up,
        **context,
    )


def slowed_page(
    request: Request[State],
    template: str,
    form: FormView,
    slowed: TooManyRequestsError,
    **context: object,
) -> Response:
    """Show a form again that came too soon."""
    shown = replace(form, errors={"form": slowed.message})
    response = form_page(request, template, shown, slowed.status, **context)
    response.headers["retry-after"] = str(slowed.retry_after)
    return response
