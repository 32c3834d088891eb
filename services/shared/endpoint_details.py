"""What services tell each other of an endpoint's part in how an answer ended."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict

LONGEST_TOLD: Final = 1000


def _told(value: object) -> object:
    """Cut what is too long, and replace what PostgreSQL does not store: a detail is no fault."""
    if not isinstance(value, str):
        return value
    return value[:LONGEST_TOLD].replace("\x00", "\N{REPLACEMENT CHARACTER}")


Told = Annotated[str, BeforeValidator(_told)]


class EndpointDetails(BaseModel):
    """What is known of the endpoint's part in an answer; "" and None stand for what is not.

    All of it is for people to read: whoever writes it has masked every key. `address` is the URL
    that was asked, without credentials and query, `suggestion` a base URL that may have been
    meant, `status` the HTTP status, `tool` what the model asked for, `said` the endpoint's words.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    connection: Told = ""
    model: Told = ""
    address: Told = ""
    suggestion: Told = ""
    status: int | None = None
    tool: Told = ""
    said: Told = ""
