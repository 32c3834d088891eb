"""Tells what is known of a connection's part in how an answer ended, as it may be shown."""

from collections.abc import Iterable

from services.ai.provider.addresses import suggested_address
from services.ai.provider.connection import Connection
from services.ai.provider.errors import EndpointError
from services.shared.bus.answer_errors import EndpointDetails


def details_of(
    connection: Connection,
    error: EndpointError | None = None,
    *,
    model: str | None = None,
    tools: Iterable[str] = (),
) -> EndpointDetails:
    """Put together what an error tells, and what the connection knows beside it."""
    settings, mask = connection.settings, connection.mask
    error = error or EndpointError("bad_response")
    named = error.model or mask.name(model or settings.model or settings.deployment or "")
    suggestion = error.suggestion
    if error.error_class == "not_found":
        suggestion = suggestion or mask.address(suggested_address(settings.address))
    return EndpointDetails(
        connection=mask.name(connection.name),
        model=named,
        address=error.address or mask.address(settings.address),
        suggestion=suggestion,
        status=error.status,
        tool=", ".join(mask.name(tool) for tool in tools),
        said=error.said,
    )
