"""Sorts whatever goes wrong between us and an endpoint into the errors that are raised."""

from dataclasses import dataclass, field
from typing import Final

import httpx2
import openai

from services.ai.provider.chunks import ErrorChunkError
from services.ai.provider.errors import EndpointError
from services.ai.provider.refusals import Refusal, read_refusal, refusal_of

# What comes of reading an answer that is not of any shape that was promised.
UNREADABLE: Final = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that is not raised yet, and what may come of asking again."""

    error: EndpointError
    is_transient: bool = False
    refusal: Refusal | None = field(default=None, repr=False)


def read_fault(error: Exception) -> Fault:
    """Sort whatever was raised before the answer, by the libraries or by us; never raises."""
    try:
        return _sorted(error)
    except Exception as oddity:  # noqa: BLE001 - an endpoint that is odd enough gets so far
        return Fault(EndpointError("bad_response", diagnosis=type(oddity).__name__))


def read_interruption(error: Exception) -> EndpointError:
    """Sort whatever was raised within the answer; never raises."""
    try:
        return _sorted_interruption(error)
    except Exception as oddity:  # noqa: BLE001 - as above
        return EndpointError("bad_response", diagnosis=type(oddity).__name__)


def _sorted(error: Exception) -> Fault:
    kind = type(error).__name__
    match error:
        case EndpointError():
            return Fault(error)
        case openai.APIStatusError():
            headers = {name.lower(): value for name, value in error.response.headers.items()}
            refusal = read_refusal(error.status_code, headers, error.response.content)
            return Fault(refusal.as_error(kind), refusal.is_transient, refusal)
        case openai.APITimeoutError():
            return _timed_out(error)
        case openai.APIConnectionError() | httpx2.HTTPError():
            cause = type(error.__cause__).__name__ if error.__cause__ else kind
            return Fault(EndpointError("unreachable", diagnosis=cause), is_transient=True)
        case TimeoutError():
            return Fault(EndpointError("timeout", diagnosis=kind))
        case _:
            return Fault(EndpointError("bad_response", diagnosis=kind))


def _timed_out(error: openai.APITimeoutError) -> Fault:
    cause = error.__cause__
    # An endpoint that was reached and is slow would only have more to do if asked again.
    return Fault(
        EndpointError("timeout", diagnosis=type(cause).__name__),
        is_transient=isinstance(cause, httpx2.ConnectTimeout | httpx2.PoolTimeout),
    )


def _sorted_interruption(error: Exception) -> EndpointError:
    kind = type(error).__name__
    match error:
        case EndpointError():
            return error
        case ErrorChunkError():
            return refusal_of(error.body).as_error(kind)
        case httpx2.TimeoutException() | TimeoutError():
            return EndpointError("timeout", diagnosis=kind)
        case httpx2.HTTPError():
            return EndpointError("cut_off", diagnosis=kind)
        case _:
            return EndpointError("bad_response", diagnosis=kind)
