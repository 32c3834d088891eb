"""The trace of a listener's arrival: the one that its request names, or one of its own."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from starlette.types import Scope

from services.realtime.admission.gatekeeper import RefusedError
from services.realtime.holding.reception import Welcome
from services.shared.process.tracing.context import TRACEPARENT, request_context
from services.shared.process.tracing.spans import SpanKind, are_made, fail, span, tell

_TRACEPARENT: Final = TRACEPARENT.encode()
OWN_FAULT: Final = 500
_NOTHING: Final = nullcontext()


def arriving(scope: Scope) -> AbstractContextManager[Any]:
    """Answer a request within its trace.

    Where it names none and nobody makes spans there is nothing to do, which each of thousands of
    handshakes would pay for.
    """
    headers = scope["headers"]
    if not are_made() and all(name != _TRACEPARENT for name, _ in headers):
        return _NOTHING
    told = {"network.protocol.name": scope["type"]}
    return span("handshake", SpanKind.SERVER, told, context=request_context(headers))


def tell_seated(welcome: Welcome) -> None:
    """Tell the arrival's span who is seated, and where."""
    told = {"natter.group": welcome.admission.group, "natter.resumed_from": welcome.missed.source}
    tell({**told, "natter.missed": len(welcome.missed.publications)})


def tell_refused(refused: RefusedError) -> None:
    """Tell the arrival's span how it was refused."""
    tell({"http.response.status_code": refused.status})
    if refused.status >= OWN_FAULT:
        fail(str(refused.status))
