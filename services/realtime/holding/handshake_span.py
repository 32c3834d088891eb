"""The span of a handshake: it continues the trace that the request names, or begins one."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from starlette.types import Scope

from services.realtime.admission.gatekeeper import AdmissionDeniedError
from services.realtime.holding.joining import Joined
from services.shared.process.tracing.context import TRACEPARENT, request_context
from services.shared.process.tracing.spans import SpanKind, fail, is_tracing, span, tell

OWN_FAULT: Final = 500
_TRACEPARENT: Final = TRACEPARENT.encode()
_NO_SPAN: Final = nullcontext()


def handshake_span(scope: Scope) -> AbstractContextManager[Any]:
    """Run the body within the request's trace.

    With tracing off and no trace in the request this does nothing, which keeps handshakes cheap.
    """
    headers = scope["headers"]
    if not is_tracing() and all(name != _TRACEPARENT for name, _ in headers):
        return _NO_SPAN
    attributes = {"network.protocol.name": scope["type"]}
    return span("handshake", SpanKind.SERVER, attributes, context=request_context(headers))


def record_joined(joined: Joined) -> None:
    """Add to the span which group was joined, and what was missed there."""
    missed = joined.missed
    attributes = {"natter.group": joined.admission.group, "natter.resumed_from": missed.source}
    tell({**attributes, "natter.missed": len(missed.publications)})


def record_denied(denied: AdmissionDeniedError) -> None:
    """Add the status of the refusal to the span."""
    tell({"http.response.status_code": denied.status})
    if denied.status >= OWN_FAULT:
        fail(str(denied.status))
