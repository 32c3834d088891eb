"""The gateway's settings, from the environment."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from services.shared.bus.nats_url import NATS_URL_MEANING, NatsUrl
from services.shared.process.settings import HostPattern, TracedSettings
from services.shared.stream_token import StreamKey

MEGABYTE: Final = 1024 * 1024
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


def canonical_origin(written: str) -> str:
    """Write an origin as browsers send it (RFC 6454, 6.2); raise ValueError for anything else."""
    parts = urlsplit(written.strip().lower())
    if not (parts.scheme and parts.netloc) or "@" in parts.netloc:
        raise ValueError("an origin is written as `https://app.example`")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("an origin has no path")
    host = parts.netloc.removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))
    return f"{parts.scheme}://{host}"


type Origin = Annotated[str, AfterValidator(canonical_origin)]


class RealtimeSettings(TracedSettings):
    """Settings of the gateway."""

    model_config = SettingsConfigDict(env_prefix="NATTER_REALTIME_")

    port: int = Field(8001, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    nats_url: NatsUrl = Field(validation_alias="NATS_URL", description=NATS_URL_MEANING)
    stream_keys: tuple[StreamKey, ...] = Field(
        validation_alias="NATTER_STREAM_KEYS",
        min_length=1,
        description="Keys of stream tokens, newest first, as a JSON list; each of 32 characters or"
        " more.",
    )
    allowed_origins: tuple[Origin, ...] = Field(
        (),
        description="Origins whose pages may open a socket, as a JSON list; none means the"
        " gateway's own host only.",
    )
    allowed_hosts: tuple[HostPattern, ...] = Field(
        ("localhost",),
        description="Host names by which `/metrics` answers, as a JSON list; `*` for all. An IP"
        " address always passes.",
    )
    max_sockets: int = Field(50_000, ge=1, description="Open sockets in all.")
    max_sockets_per_user: int = Field(100, ge=1, description="Open sockets of one user.")
    max_sockets_per_address: int = Field(
        1_000, ge=1, description="Open sockets from one address; for IPv6, from one /64."
    )
    max_unsent_bytes: int = Field(
        MEGABYTE,
        ge=64 * 1024,
        description="Bytes that may wait for a slow socket before it is closed, to come back.",
    )
    max_missed_bytes: int = Field(
        8 * MEGABYTE,
        ge=64 * 1024,
        description="What a returning socket may have missed at most; beyond it, its page is loaded"
        " again.",
    )
    ping_seconds: float = Field(
        20, ge=0.1, le=20, description="Time between two heartbeats of a socket."
    )
    rotate_seconds: float = Field(
        900, ge=1, description="A socket is sent away to come back after 80 to 100 % of this time."
    )
    drain_seconds: float = Field(
        10, ge=0, le=600, description="Time over which sockets are closed when the gateway stops."
    )
    ring_bytes: int = Field(
        64 * MEGABYTE,
        ge=0,
        description="Memory for recent publications, from which returning sockets are served.",
    )
    warm_seconds: float = Field(
        120, ge=0, le=900, description="How far back publications are read before it is ready."
    )
