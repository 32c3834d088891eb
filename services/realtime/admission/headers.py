"""Headers of a request, read from its ASGI scope."""

from typing import Any

from starlette.requests import HTTPConnection


def header(connection: HTTPConnection[Any], name: bytes) -> str | None:
    """Return the first header of this name, in lower case, as `connection.headers.get` does.

    Starlette makes an object of all of them first, which each handshake would pay for.
    """
    for each, value in connection.scope["headers"]:
        if each == name:
            text: str = value.decode("latin-1")
            return text
    return None
