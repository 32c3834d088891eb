"""What services tell each other of an endpoint's part in how an answer ended."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict

LONGEST_TOLD: Final = 1000


def _told(value: object) -> object:
    """Cut what is too long, and replace what PostgreSQL does not store."""
    if not isinstance(value, str):
        return ""
    return value[:LONGEST_TOLD].replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _status(value: object) -> object:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


Told = Annotated[str, BeforeValidator(_told)]


class EndpointDetails(BaseModel):
    """What is known of the endpoint's part in an answer; "" and None stand for what is not.

    All of it is for people to read: whoever writes it has masked every key. `address` is the URL
    that was asked, without credentials and query, `suggestion` a base URL that may have been
    meant, `status` the HTTP status, `tool` what the model asked for, `said` the endpoint's words.
    A value of another type counts as not known: no detail is worth the answer that it comes with.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    connection: Told = ""
    model: Told = ""
    address: Told = ""
    suggestion: Told = ""
    status: Annotated[int | None, BeforeValidator(_status)] = None
    tool: Told = ""
    said: Told = ""


def _known(value: object) -> object:
    return value if isinstance(value, dict | EndpointDetails) else None


Details = Annotated[EndpointDetails | None, BeforeValidator(_known)]
"""The details of an answer, None where they are no object."""
