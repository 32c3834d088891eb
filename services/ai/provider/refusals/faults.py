"""Classifies the exceptions of a request: each becomes an `EndpointError`."""

import os
import ssl
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import httpx2
import openai

from services.ai.provider.errors import (
    EndpointError,
    ErrorChunkError,
    SocksProxyError,
    StrayRedirectError,
)
from services.ai.provider.refusals.addresses import base_address
from services.ai.provider.refusals.masking import Mask
from services.ai.provider.refusals.refusal import TRANSIENT, Refusal
from services.ai.provider.refusals.refusal_parser import read_refusal, refusal_of
from services.shared.bus.answer_errors import ErrorClass

type _Kinds = type[BaseException] | tuple[type[BaseException], ...]

# Reading an answer of an unexpected shape raises these.
UNREADABLE: Final = (ValueError, TypeError, AttributeError, LookupError, RecursionError)

_UNAUTHORIZED: Final = 401
_KEY_HEADERS: Final = ("auth", "key", "token")
_WRAPPERS: Final = (openai.APIConnectionError, httpx2.TransportError)
# The class, whether asking again may help, and whether a connection ended. The first match counts;
# an exception without one means that the answer is no HTTP.
_UNANSWERED: Final[tuple[tuple[_Kinds, ErrorClass, bool, bool], ...]] = (
    (aiohttp.ConnectionTimeoutError, "timeout", True, False),
    # An endpoint that was reached and is slow would only have more to do if asked again.
    ((TimeoutError, httpx2.TimeoutException), "timeout", False, False),
    ((ssl.SSLError, aiohttp.InvalidURL, httpx2.TransportError), "unreachable", False, False),
    (aiohttp.ClientConnectorError, "unreachable", True, False),
    (aiohttp.ClientConnectionError, "unreachable", True, True),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that is not raised yet, and whether asking again may help."""

    error: EndpointError
    is_transient: bool = False
    is_disconnect: bool = False
    """The connection ended before an answer began, perhaps while it was idle."""
    refusal: Refusal | None = field(default=None, repr=False)


def read_fault(error: Exception, mask: Mask) -> Fault:
    """Classify an exception from before the answer, of the libraries or ours; never raises."""
    try:
        return _classify(error, mask)
    except Exception as unexpected:  # noqa: BLE001 - odd data of an endpoint may raise anything
        return Fault(EndpointError("bad_response", diagnosis=type(unexpected).__name__))


def read_interruption(error: Exception, mask: Mask) -> EndpointError:
    """Classify an exception from within the answer; never raises."""
    try:
        return _classify_interruption(error, mask)
    except Exception as unexpected:  # noqa: BLE001 - as above
        return EndpointError("bad_response", diagnosis=type(unexpected).__name__)


def _classify(error: Exception, mask: Mask) -> Fault:
    kind = type(error).__name__
    match error:
        case EndpointError():
            return Fault(error)
        case openai.APIStatusError():
            return _refused(error, mask)
        case openai.APIConnectionError() | httpx2.HTTPError() | aiohttp.ClientError():
            return _unanswered(_cause(error), mask)
        case StrayRedirectError():
            return Fault(_redirected(mask.address(error.url), kind))
        case _:
            return Fault(EndpointError(_class_of_other(error), diagnosis=kind))


def _class_of_other(error: Exception) -> ErrorClass:
    match error:
        case SocksProxyError() | UnicodeEncodeError(encoding="idna"):
            return "unreachable"
        case TimeoutError():
            return "timeout"
        case _:
            return "bad_response"


def _refused(error: openai.APIStatusError, mask: Mask) -> Fault:
    headers = {name.lower(): value for name, value in error.response.headers.items()}
    refusal = read_refusal(error.status_code, headers, error.response.content)
    raised = refusal.as_error(type(error).__name__, mask)
    raised.address = mask.address(str(error.request.url))
    is_unauthorized = raised.error_class == "auth" and raised.status == _UNAUTHORIZED
    if is_unauthorized and not _has_key(error.request):
        raised.error_class = "key_missing"
    return Fault(raised, refusal.is_transient, refusal=refusal)


def _has_key(request: httpx2.Request) -> bool:
    return any(word in name.lower() for name in request.headers for word in _KEY_HEADERS)


def _cause(error: BaseException) -> BaseException:
    """Return the cause below the SDK, which calls almost all of them a timeout."""
    while error.__cause__ is not None and isinstance(error, _WRAPPERS):
        error = error.__cause__
    return error


def _unanswered(cause: BaseException, mask: Mask) -> Fault:
    """Classify the reason why no head of a response came."""
    kind = type(cause).__name__
    if isinstance(cause, aiohttp.ClientHttpProxyError):
        error = EndpointError("unreachable", diagnosis=f"{kind} {cause.status}")
        return Fault(error, is_transient=cause.status in TRANSIENT)
    for kinds, error_class, is_transient, is_disconnect in _UNANSWERED:
        if isinstance(cause, kinds):
            error = EndpointError(error_class, diagnosis=kind, said=mask.words(_reason(cause)))
            return Fault(error, is_transient, is_disconnect)
    return Fault(EndpointError("bad_response", diagnosis=kind))


def _redirected(elsewhere: str, kind: str) -> EndpointError:
    said = f"A redirect to {elsewhere}, which gets neither key nor chat."
    error = EndpointError("not_found", diagnosis=kind, said=said)
    error.suggestion = base_address(elsewhere)
    return error


def _reason(cause: BaseException) -> str:
    """Return why there is no connection, in this machine's words and without the endpoint's."""
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        cause = cause.certificate_error
    if isinstance(cause, aiohttp.ClientConnectorError):
        cause = cause.os_error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message
    if not isinstance(cause, OSError):
        return ""
    # asyncio replaces the system's words by its own.
    number = cause.errno or 0
    return os.strerror(number) if number > 0 else cause.strerror or ""


def _classify_interruption(error: Exception, mask: Mask) -> EndpointError:
    kind = type(_cause(error)).__name__
    match error:
        case EndpointError():
            return error
        case ErrorChunkError():
            return refusal_of(error.body).as_error(kind, mask)
        case httpx2.TimeoutException() | TimeoutError():
            return EndpointError("timeout", diagnosis=kind)
        case httpx2.NetworkError() | httpx2.ProtocolError() | aiohttp.ClientError():
            return EndpointError("cut_off", diagnosis=kind)
        case _:
            return EndpointError("bad_response", diagnosis=kind)
