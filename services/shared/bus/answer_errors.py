"""Why an answer failed, and the endpoint's part in it, in messages between the services."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LONGEST_TOLD: Final = 1000

ErrorClass = Literal[
    "auth",
    "bad_response",
    "connection_missing",
    "content_filter",
    "context_length",
    "cut_off",
    "endpoint_failed",
    "interrupted",
    "key_missing",
    "model_missing",
    "not_found",
    "not_stored",
    "own_address",
    "quota",
    "rate_limit",
    "refused",
    "timeout",
    "tool_asked",
    "unavailable",
    "unreachable",
]
"""Why an answer failed; `services.shared.pages.failures` explains each to a reader."""

ErrorName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
"""An error class as it is read: a newer service may write one that is not known here."""


def _shortened(value: object) -> object:
    """Cut a text to its limit, and replace NUL, which PostgreSQL does not store."""
    if not isinstance(value, str):
        return ""
    return value[:LONGEST_TOLD].replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _status(value: object) -> object:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_Text = Annotated[str, BeforeValidator(_shortened)]


class EndpointDetails(BaseModel):
    """What is known about the endpoint's part in an answer; "" and None stand for unknown.

    All of it is for people to read, and the writer has masked every key. `address` is the URL that
    was asked, without credentials and query; `suggestion` is a base URL that may have been meant;
    `status` is the HTTP status; `tool` is what the model asked for; `said` is the endpoint's text.
    A value of the wrong type counts as unknown: no detail may cost the answer that it comes with.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    connection: _Text = ""
    model: _Text = ""
    address: _Text = ""
    suggestion: _Text = ""
    status: Annotated[int | None, BeforeValidator(_status)] = None
    tool: _Text = ""
    said: _Text = ""


def _known(value: object) -> object:
    return value if isinstance(value, dict | EndpointDetails) else None


Details = Annotated[EndpointDetails | None, BeforeValidator(_known)]
"""The details of an answer; None if they are not a JSON object."""
