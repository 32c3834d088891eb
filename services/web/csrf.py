"""The token that forms carry for browsers that do not say where a request comes from."""

from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request

from services.web.session_cookie import csrf_token, session_token

CSRF_FIELD: Final = "csrf_token"
_INPUT: Final = Markup('<input type="hidden" name="{}" value="{}">')


def csrf_field(request: Request[Any]) -> str:
    """Return the field for the forms of a page.

    It is empty without a session, and for browsers that send Fetch Metadata: `SameOrigin` goes by
    that, and a page of theirs stays smaller.
    """
    session = session_token(request)
    if session is None or "sec-fetch-site" in request.headers:
        return ""
    return _INPUT.format(CSRF_FIELD, csrf_token(session))
