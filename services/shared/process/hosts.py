"""Checks the `Host` of a request (RFC 9112, section 3.2).

A page of another site can make its own name resolve to this machine's address (DNS rebinding). The
browser then takes that page for one of this server, but it sends the name, never an address.
"""

import re
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LITERAL: Final = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<v4>[0-9.]+))(?::[0-9]*)?")

# Not all that RFC 3986 calls a host: no name that a client resolves has other characters.
HOST: Final = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]*)(?::[0-9]*)?")


class OneHost:
    """ASGI middleware that refuses a request with two `Host` headers, none, or a wrong one.

    HTTP/1.0 has requests without one. With two, each reader would choose another; and of
    `localhost:80@evil.example` some read the beginning, some the end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            is_old = not hosts and scope["http_version"] == "1.0"
            if not is_old and (len(hosts) != 1 or not HOST.fullmatch(hosts[0])):
                await PlainTextResponse("One Host is needed.\n", 400)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class ListedHosts:
    """ASGI middleware that admits any IP address as host, and the names in `allowed`."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self._app = app
        self._by_name = TrustedHostMiddleware(app, allowed_hosts=allowed, www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_address = scope["type"] == "http" and is_ip_literal(Headers(scope=scope).get("host", ""))
        await (self._app if is_address else self._by_name)(scope, receive, send)


def is_ip_literal(host: str) -> bool:
    """Return whether a `Host` is an IP address, with or without port: `10.0.0.7`, `[::1]:8002`."""
    found = LITERAL.fullmatch(host)
    if found is None:
        return False
    try:
        IPv6Address(found["v6"]) if found["v6"] else IPv4Address(found["v4"])
    except AddressValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether a host, without a port, can be this machine alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
