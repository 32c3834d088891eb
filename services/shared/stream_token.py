"""Stream tokens: short-lived signed statements that a user may listen to a group."""

import hashlib
import hmac
import math
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import jwt
from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, ValidationError

from services.shared.bus.messages import GroupName, UserName
from services.shared.bus.subjects import Group

ALGORITHM: Final = "HS256"
AUDIENCE: Final = "turbo-stream"
MAX_TOKEN_SECONDS: Final = 24 * 60 * 60
MIN_KEY_CHARS: Final = 32
MAX_TOKEN_CHARS: Final = 2048
SKEW_SECONDS: Final = 30
"""How far the clock of a token's issuer may be ahead."""


def _check_length(key: SecretStr) -> SecretStr:
    if len(key) < MIN_KEY_CHARS:
        raise ValueError(
            f"a key has {MIN_KEY_CHARS} characters or more, such as `openssl rand -hex 32` makes"
        )
    return key


type StreamKey = Annotated[SecretStr, AfterValidator(_check_length)]
"""A key in settings."""


class StreamTokenError(Exception):
    """An invalid token; the text says why and quotes no part of the token."""


@dataclass(frozen=True, slots=True)
class StreamClaims:
    """The claims of a valid token; the times are seconds since the epoch."""

    user: str
    group: Group
    issued: float
    expires: float


class _Claims(BaseModel):
    """The claims of RFC 7519 that a token must have, and the group."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    sub: UserName
    group: GroupName
    aud: str | list[str]
    iat: float
    exp: float
    nbf: float = 0


class StreamKeys:
    """Mints with the first key and verifies with all of them, so that keys can be rotated."""

    def __init__(self, secrets: Sequence[str], *, clock: Callable[[], float] = time.time) -> None:
        if not secrets or any(len(secret) < MIN_KEY_CHARS for secret in secrets):
            raise ValueError(f"stream keys have {MIN_KEY_CHARS} characters or more")
        self._clock = clock
        self._jws = jwt.PyJWS(algorithms=[ALGORITHM])
        self._keys = {_key_id(secret): secret.encode() for secret in secrets}
        self._newest = _key_id(secrets[0])
        # Our own tokens begin with one of these; other libraries write the header differently.
        self._by_header = {
            self._header(key_id): hmac.new(key, digestmod="sha256")
            for key_id, key in self._keys.items()
        }

    def mint(self, user: str, group: Group, *, seconds: int, issued: float | None = None) -> str:
        """Return a token with which `user` may listen to `group` for `seconds`.

        `issued` is when the check of the user's right began, in seconds since the epoch; without
        it, now. A revocation during the check then counts. Fractions of a second are part of a
        NumericDate (RFC 7519, section 2), so that a token of the same second can be the newer one.
        Raises `ValueError` for a lifetime over `MAX_TOKEN_SECONDS` and for a user's name that is
        not 1 to 128 printable ASCII characters without spaces.
        """
        if not 1 <= seconds <= MAX_TOKEN_SECONDS:
            raise ValueError(f"a stream token lives 1 to {MAX_TOKEN_SECONDS} seconds")
        issued = self._clock() if issued is None else issued
        claims = _Claims(
            sub=user,
            group=group,
            aud=AUDIENCE,
            iat=in_milliseconds(issued),
            exp=int(issued) + seconds,
        )
        return self._sign(claims.model_dump_json(exclude_unset=True).encode(), self._newest)

    def verify(self, token: str) -> StreamClaims:
        """Return the claims of `token`, or raise `StreamTokenError`."""
        if len(token) > MAX_TOKEN_CHARS or not token.isascii():
            raise StreamTokenError("the token is not readable")
        payload = self._verified(token)
        try:
            claims = _Claims.model_validate_json(payload)
        except ValidationError:
            raise StreamTokenError("the token's claims are not those of a stream token") from None
        _check(claims, self._clock())
        return StreamClaims(claims.sub, claims.group, claims.iat, claims.exp)

    def _verified(self, token: str) -> bytes:
        """Return the payload after its signature was verified."""
        header, _, _ = token.partition(".")
        if (keyed := self._by_header.get(header)) is not None:
            return _verified_own(token, keyed)
        try:
            keys = self._candidates(token)
        except jwt.InvalidTokenError:
            raise StreamTokenError("the token is not readable") from None
        for key in keys:
            try:
                payload: bytes = self._jws.decode(token, key, algorithms=[ALGORITHM])
            except jwt.InvalidTokenError:
                continue
            return payload
        raise StreamTokenError("the token is not signed with a key of this server")

    def _candidates(self, token: str) -> list[bytes]:
        """List the keys that may have signed `token`; only its header is read."""
        key_id = self._jws.get_unverified_header(token).get("kid")
        if key_id is None:
            return list(self._keys.values())
        return [self._keys[key_id]] if key_id in self._keys else []

    def _header(self, key_id: str) -> str:
        return self._sign(b"{}", key_id).partition(".")[0]

    def _sign(self, payload: bytes, key_id: str) -> str:
        return self._jws.encode(payload, self._keys[key_id], ALGORITHM, headers={"kid": key_id})


def in_milliseconds(moment: float) -> float:
    """Round a time in seconds down to whole milliseconds, as the times of tokens are."""
    return math.floor(moment * 1000) / 1000


def _verified_own(token: str, keyed: hmac.HMAC) -> bytes:
    """Return the payload of a token with our own header, which names HS256 and `keyed`'s key.

    Only the comparison of signatures remains (RFC 7515, section 5.2). It takes a tenth of the
    library's time, at each handshake of a gateway. The copy avoids hashing the key again.
    """
    signed, _, signature = token.rpartition(".")
    proof = keyed.copy()
    proof.update(signed.encode())
    expected = urlsafe_b64encode(proof.digest()).rstrip(b"=")
    if not hmac.compare_digest(expected, signature.encode()):
        raise StreamTokenError("the token is not signed with a key of this server")
    payload = signed.partition(".")[2]
    return urlsafe_b64decode(payload + "=" * (-len(payload) % 4))


def _key_id(secret: str) -> str:
    return hashlib.sha256(b"stream key " + secret.encode()).hexdigest()[:8]


def _check(claims: _Claims, now: float) -> None:
    """Raise unless the claims are for a gateway, valid now, and not valid for too long."""
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if AUDIENCE not in audiences:
        raise StreamTokenError("the token is meant for something else")
    if max(claims.iat, claims.nbf) > now + SKEW_SECONDS:
        raise StreamTokenError("the token is not valid yet")
    if claims.exp <= now:
        raise StreamTokenError("the token has expired")
    if claims.exp - claims.iat > MAX_TOKEN_SECONDS:
        raise StreamTokenError("the token's lifetime is too long")
