"""Who may open a socket: refused before the upgrade, with a status and a reason."""

from collections.abc import Collection
from typing import Any

from starlette.requests import HTTPConnection

from services.shared.subjects import Group, GroupNameError, check_group


class RefusedError(Exception):
    """The handshake is answered with `status` and `reason` in place of an upgrade."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def admit(connection: HTTPConnection[Any], allowed_origins: Collection[str]) -> Group:
    """Return the group that `connection` may listen to, or raise `RefusedError`."""
    _check_origin(connection, allowed_origins)
    try:
        return check_group(str(connection.path_params["group"]))
    except GroupNameError as error:
        raise RefusedError(404, f"no such group: {error}") from error


def _check_origin(connection: HTTPConnection[Any], allowed_origins: Collection[str]) -> None:
    """Refuse the pages of other sites.

    Browsers let any page open a WebSocket to any host and say only in `Origin` whose it is
    (RFC 6455, section 10.2). A client without the header is no browser and carries no one's login.
    """
    origin = connection.headers.get("origin")
    if origin is None or origin in allowed_origins:
        return
    host = connection.headers.get("host")
    if not allowed_origins and origin in (f"http://{host}", f"https://{host}"):
        return
    raise RefusedError(403, "pages of this origin may not connect")
