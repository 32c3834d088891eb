"""What is known of the device that sends a request."""

from typing import Any

from starlette.requests import HTTPConnection

from services.web.accounts.sessions.model import Device
from services.web.forms import clean_text


def device_of(connection: HTTPConnection[Any]) -> Device:
    """Describe where a request comes from; a trusted proxy has named the address."""
    address = connection.client.host if connection.client else ""
    return Device(clean_text(connection.headers.get("user-agent", "")), clean_text(address))
