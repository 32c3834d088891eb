"""The web service's settings, read from the environment."""

import re
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from services.shared.bus.nats_url import NATS_URL_MEANING, NatsUrl
from services.shared.process.base_path import BasePath, check_base_path
from services.shared.process.hosts import is_loopback
from services.shared.process.serving import KEEP_ALIVE_SECONDS
from services.shared.process.settings import HostPattern, TracedSettings
from services.shared.stream_token import MAX_TOKEN_SECONDS, StreamKey

REPLICAS: Final = (1, 3, 5)
# For passwords that nothing else stands beside (NIST SP 800-63B-4, section 3.1.1.2).
PASSWORD_CHARS: Final = 15
SETUP_CODE_CHARS: Final = 16
OPEN_TO_ALL: Final = (
    "with NATTER_WEB_SINGLE_USER there are no accounts, and {} is no loopback address: whoever"
    " reaches it would read and write all chats. If that is meant, set this to `yes`"
)
DAY_SECONDS: Final = 24 * 60 * 60
MOST: Final = 1_000_000
LIMIT: Final = "0 for any number, as on a server with one user where this is not set."
_GATEWAY: Final = re.compile(r"(wss?://[^/?#\s;,']+)(/.*)?")


def check_gateway(written: str) -> str:
    """Return a gateway's address without a final slash; raises ValueError if it is invalid."""
    found = _GATEWAY.fullmatch(written)
    if found is None:
        raise ValueError(
            "a gateway is written as `wss://example.org` or `wss://example.org/natter`"
        )
    return found[1] + check_base_path(found[2] or "/")


def check_replicas(count: int) -> int:
    """Return the number of copies of a stream; raises ValueError if NATS has no majority of it."""
    if count not in REPLICAS:
        raise ValueError("must be 1, 3 or 5")
    return count


def check_setup_code(code: SecretStr) -> SecretStr:
    """Return a setup code; raises ValueError if it could be guessed."""
    if sum(map(str.isalnum, code.get_secret_value())) < SETUP_CODE_CHARS:
        raise ValueError(f"must have {SETUP_CODE_CHARS} letters and digits or more")
    return code


type GatewayAddress = Annotated[str, AfterValidator(check_gateway)]


class WebSettings(TracedSettings):
    """Settings of the web service."""

    model_config = SettingsConfigDict(env_prefix="NATTER_WEB_")

    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    keep_alive_seconds: int = Field(
        KEEP_ALIVE_SECONDS,
        ge=1,
        le=3600,
        description="How long a connection without requests is kept, in seconds: longer than a"
        " proxy in front keeps it.",
    )
    drain_seconds: float = Field(
        0,
        ge=0,
        le=600,
        description="How long web still answers before it stops, each time as the last response of"
        " a connection.",
    )
    database_url: SecretStr = Field(
        validation_alias="DATABASE_URL", description="PostgreSQL database, as a URL."
    )
    database_connections: int = Field(
        10, ge=2, le=1000, description="Most connections to PostgreSQL."
    )
    nats_url: NatsUrl = Field(validation_alias="NATS_URL", description=NATS_URL_MEANING)
    stream_replicas: Annotated[int, AfterValidator(check_replicas)] = Field(
        1, description="Copies of each stream, on as many nodes of NATS: 1, 3 or 5."
    )
    stream_keys: tuple[StreamKey, ...] = Field(
        validation_alias="NATTER_STREAM_KEYS",
        min_length=1,
        description="Keys of stream tokens, newest first, as a JSON list; each of 32 characters or"
        " more. The gateway has the same.",
    )
    stream_token_seconds: int = Field(
        900, ge=60, le=MAX_TOKEN_SECONDS, description="How long a stream token is good for."
    )
    base_path: BasePath = Field(
        "/",
        validate_default=True,
        description="Path below which browsers reach everything, such as `/natter`.",
    )
    realtime_url: GatewayAddress | None = Field(
        None,
        description="The gateway as browsers reach it, such as `wss://live.example.org`; this"
        " server's own address and base path if unset.",
    )
    allowed_hosts: tuple[HostPattern, ...] = Field(
        ("127.0.0.1", "localhost"),
        description="Host names this server answers to, as a JSON list; `*` for all.",
    )
    single_user: bool = Field(
        default=False,
        description="Everyone who can reach this server is its one user, without signing in.",
    )
    whoever_reaches_it_is_its_user: Literal["yes"] | None = Field(
        None,
        validate_default=True,
        validation_alias="NATTER_WHOEVER_REACHES_IT_IS_ITS_USER",
        description="`yes`: a server without accounts may listen on an address that others reach.",
    )
    sign_up: Literal["invitation", "open", "closed"] = Field(
        "invitation",
        description="Who may make an account: those who were invited, everybody, or nobody.",
    )
    setup_code: Annotated[SecretStr, AfterValidator(check_setup_code)] | None = Field(
        None,
        description="The code with which the first administrator's account is made, once, on the"
        " page `/setup/`; of 16 letters and digits or more.",
    )
    password_min_chars: int = Field(
        PASSWORD_CHARS, ge=8, le=128, description="Fewest characters of a new password."
    )
    session_idle_seconds: int = Field(
        14 * DAY_SECONDS,
        ge=60,
        le=400 * DAY_SECONDS,
        description="How long a session lasts without a request, in seconds.",
    )
    session_seconds: int = Field(
        90 * DAY_SECONDS,
        ge=60,
        le=400 * DAY_SECONDS,
        description="How long a session lasts at most, in seconds.",
    )
    demo: bool = Field(
        default=False, description="Tell on every page that the demo endpoint answers."
    )
    message_max_chars: int = Field(
        32_000, ge=1, le=200_000, description="Longest message, in characters."
    )
    messages_per_minute: int = Field(
        20,
        ge=0,
        le=MOST,
        description=f"Messages that a person may send in a minute, all at once or evenly; {LIMIT}",
    )
    chats_per_hour: int = Field(
        200,
        ge=0,
        le=MOST,
        description=f"Chats that a person may begin in an hour, all at once or evenly; {LIMIT}",
    )
    tokens_per_day: int = Field(
        0,
        ge=0,
        le=10**15,
        description="Tokens of prompts and answers together that a person may use on a day (UTC),"
        " after which nothing more can be asked; 0 for any number.",
    )
    answers_waiting: int = Field(
        100,
        ge=0,
        le=MOST,
        description=f"Unfinished answers that a person may have in all chats; {LIMIT}",
    )
    answers_at_once: int = Field(
        3,
        ge=0,
        le=MOST,
        description="Answers of a person that are with the workers at once; further ones wait for"
        f" their turn; {LIMIT}",
    )

    @field_validator("whoever_reaches_it_is_its_user")
    @classmethod
    def _be_told_so(cls, consent: str | None, info: ValidationInfo) -> str | None:
        host = info.data.get("host", "")
        if info.data.get("single_user") and not is_loopback(host) and consent is None:
            raise ValueError(OPEN_TO_ALL.format(host))
        return consent


def origin(address: str) -> str:
    """Return an address without its path."""
    return address.removesuffix(urlsplit(address).path)


def http_address(websocket_address: str) -> str:
    """Return a WebSocket address as an address for HTTP: `https://…` for `wss://…`.

    A path without a host stays as it is.
    """
    return re.sub("^ws", "http", websocket_address)
