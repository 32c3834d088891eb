"""Who may listen: a request is refused, with a status and a reason, before anything is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import HTTPConnection

from services.realtime.admission.limits import Limit, LimitReachedError, Limits
from services.realtime.admission.revocations import Revocations
from services.realtime.settings import RealtimeSettings
from services.shared.bus.subjects import Group, GroupNameError, check_group
from services.shared.process.client_address import limited_address
from services.shared.stream_token import StreamClaims, StreamKeys, StreamTokenError

TOKEN_PROTOCOL_PREFIX: Final = "t."  # noqa: S105 - what stands before a token
RETRY_SECONDS: Final = 10

_AT_MOST_ONCE: Final = ("token", "since")
_FULL: Final[Mapping[Limit, tuple[int, str]]] = {
    "user": (429, "this user has too many connections open"),
    "address": (429, "too many connections are open from this address"),
    "all": (503, "this gateway is full"),
}


class AdmissionDeniedError(Exception):
    """The request is answered with `status`, `reason` and `headers`."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Admission:
    """The right of `user` to listen to `group`; the times are those of the token."""

    group: Group
    user: str
    address: str
    issued: float
    expires: float


def claims_of(admission: Admission) -> StreamClaims:
    """Return the claims of the token by which a listener was admitted."""
    return StreamClaims(admission.user, admission.group, admission.issued, admission.expires)


class Gatekeeper:
    """Admits WebSockets and event streams, and counts them in `limits`."""

    def __init__(
        self,
        settings: RealtimeSettings,
        keys: StreamKeys,
        limits: Limits,
        revocations: Revocations,
    ) -> None:
        self._origins = frozenset(settings.allowed_origins)
        self._keys = keys
        self.limits = limits
        self._revocations = revocations

    def admit(self, connection: HTTPConnection[Any]) -> Admission:
        """Admit `connection` to the group of its path, or raise `AdmissionDeniedError`.

        It is counted until `release`. The origin is checked first, so that pages of other sites
        learn nothing; the limits last, so that only those who may listen use them up.
        """
        self._check_origin(connection)
        group = _group(connection)
        claims = self._claims(connection)
        if claims.group != group:
            raise AdmissionDeniedError(403, "the token is for another group")
        self._check_revocation(claims)
        client = connection.scope["client"]
        address = limited_address(client[0] if client else "")
        self._count(claims.user, address)
        return Admission(group, claims.user, address, claims.issued, claims.expires)

    def check_again(self, admission: Admission) -> None:
        """Raise `AdmissionDeniedError` if the token was revoked meanwhile; it stays counted."""
        self._check_revocation(claims_of(admission))

    def release(self, admission: Admission) -> None:
        """Count `admission` no more; to be called once."""
        self.limits.release(admission.user, admission.address)

    def allows_origin(self, connection: HTTPConnection[Any]) -> bool:
        """Return whether pages of this origin may listen, whatever their token.

        Browsers let any page open a WebSocket to any host and name its site only in `Origin`
        (RFC 6455, section 10.2). A client without the header is no browser, so nobody's login is
        behind it.
        """
        origin = header(connection, b"origin")
        if origin is None or origin in self._origins:
            return True
        host = header(connection, b"host")
        return not self._origins and origin in (f"http://{host}", f"https://{host}")

    def _check_origin(self, connection: HTTPConnection[Any]) -> None:
        if not self.allows_origin(connection):
            raise AdmissionDeniedError(403, "pages of this origin may not connect")

    def _check_revocation(self, claims: StreamClaims) -> None:
        if self._revocations.refuses(claims):
            raise AdmissionDeniedError(403, "the token has been revoked")

    def _claims(self, connection: HTTPConnection[Any]) -> StreamClaims:
        try:
            return self._keys.verify(_token(connection))
        except StreamTokenError as error:
            raise _unauthorized(str(error)) from None

    def _count(self, user: str, address: str) -> None:
        try:
            self.limits.take(user, address)
        except LimitReachedError as full:
            status, reason = _FULL[full.limit]
            headers = {"retry-after": str(RETRY_SECONDS)}
            raise AdmissionDeniedError(status, f"{reason}: try again later", headers) from None


def header(connection: HTTPConnection[Any], name: bytes) -> str | None:
    """Return the first header of this lower-case name, as `connection.headers.get` does.

    Starlette builds an object of all headers first, which each handshake would pay for.
    """
    for each, value in connection.scope["headers"]:
        if each == name:
            text: str = value.decode("latin-1")
            return text
    return None


def _group(connection: HTTPConnection[Any]) -> Group:
    try:
        return check_group(str(connection.path_params["group"]))
    except GroupNameError as error:
        raise AdmissionDeniedError(404, f"no such group: {error}") from error


def _token(connection: HTTPConnection[Any]) -> str:
    """Return the one token of the request, from its sub-protocols or its query."""
    offered: list[str] = [
        protocol.removeprefix(TOKEN_PROTOCOL_PREFIX)
        for protocol in connection.scope.get("subprotocols", ())
        if protocol.startswith(TOKEN_PROTOCOL_PREFIX)
    ]
    if connection.scope["query_string"]:
        query = connection.query_params
        if any(len(query.getlist(name)) > 1 for name in _AT_MOST_ONCE):
            raise AdmissionDeniedError(400, "`token` and `since` may stand in the query once")
        offered += query.getlist("token")
    if len(offered) > 1:
        raise AdmissionDeniedError(400, "more than one token is offered")
    if not offered:
        raise _unauthorized("a token is needed, as the sub-protocol `t.<token>` or as `?token=`")
    return offered[0]


def _unauthorized(reason: str) -> AdmissionDeniedError:
    return AdmissionDeniedError(401, reason, {"www-authenticate": 'Bearer realm="turbo-stream"'})
