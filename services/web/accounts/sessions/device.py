"""What is known of the device that sends a request."""

from typing import Any, Final

from starlette.requests import HTTPConnection

from services.web.accounts.sessions.model import Device
from services.web.forms import clean_text

USER_AGENT_CHARS: Final = 500
ADDRESS_CHARS: Final = 64


def device_of(connection: HTTPConnection[Any]) -> Device:
    """Describe where a request comes from; a trusted proxy has named the address."""
    address = connection.client.host if connection.client else ""
    user_agent = connection.headers.get("user-agent", "")
    return Device(clean_text(user_agent[:USER_AGENT_CHARS]), clean_text(address[:ADDRESS_CHARS]))
