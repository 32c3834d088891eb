"""The settings of a connection to one endpoint, and the timeouts of all."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Final, Literal
from urllib.parse import parse_qsl, urlsplit

import httpx2
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

OPENAI_URL: Final = "https://api.openai.com/v1"

type Takeover = Literal["auto", "prefill", "restart"]

# A name of any other spelling may be a key in the wrong place, and is not repeated.
_MEMBER: Final = re.compile(r"[A-Za-z_]{1,32}")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[!-~](?:[\t -~]*[!-~])?")
_DEPLOYMENT: Final = re.compile(r"/openai/deployments/([^/]+)")


def _check_header_value(value: SecretStr) -> SecretStr:
    """Strip white space, and refuse what a header cannot carry, without repeating the value."""
    stripped = value.get_secret_value().strip()
    if stripped and not _HEADER_VALUE.fullmatch(stripped):
        raise ValueError("must be printable ASCII on one line")
    return SecretStr(stripped)


def _check_base_url(value: str) -> str:
    """Refuse an invalid URL, without repeating it: it may hold a password."""
    if not _is_http_url(value):
        raise ValueError(
            "must be an http or https URL, scheme included, such as http://127.0.0.1:11434/v1"
        )
    url = urlsplit(value)
    if url.username is not None or url.password is not None:
        raise ValueError("must not hold a password: set it as a header")
    return value


def _is_http_url(value: str) -> bool:
    try:
        # The client parses it, too, with other rules.
        httpx2.URL(value)
        url = urlsplit(value)
        # Reading the port raises where it is invalid.
        return url.scheme in {"http", "https"} and bool(url.hostname) and (url.port or 0) >= 0
    except (ValueError, httpx2.InvalidURL):
        return False


HeaderValue = Annotated[SecretStr, AfterValidator(_check_header_value)]
BaseUrl = Annotated[str, AfterValidator(_check_base_url)]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long an endpoint may take, in seconds."""

    connect: float = 10.0
    """To accept a connection."""
    idle: float = 120.0
    """To send the whole head of a response, and then anything at all."""
    silence: float = 600.0
    """To send a part of an answer, while it sends signs of life."""


class ConnectionSettings(BaseModel):
    """One endpoint, and the parameters of its requests."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: BaseUrl | None = Field(
        None, description="Up to and with `/v1`; OpenAI itself if unset."
    )
    api_key: HeaderValue | None = Field(None, description="Sent as a bearer token.")
    model: str | None = Field(None, description="The first that the endpoint lists if unset.")
    takeover: Takeover = Field(
        "auto", description="How an answer that another worker began is continued."
    )
    context_tokens: int | None = Field(None, ge=1, description="What the model can read at once.")
    max_tokens: int | None = Field(None, ge=1, description="The longest answer.")
    temperature: float | None = Field(None, ge=0, le=2)
    reasoning_effort: str | None = Field(None, description="`low`, `medium` or `high`, mostly.")
    headers: dict[str, HeaderValue] = Field(default_factory=dict)
    query: dict[str, str] = Field(
        default_factory=dict, description="Added to every URL: Azure's `api-version`, for example."
    )

    @model_validator(mode="before")
    @classmethod
    def _name_unknown_members(cls, value: object) -> object:
        known = list(cls.model_fields)
        for name in value if isinstance(value, dict) else ():
            if name not in known and isinstance(name, str) and _MEMBER.fullmatch(name):
                near = get_close_matches(name.lower(), known, n=1)
                meant = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}"
                raise ValueError(f"there is no `{name}`: {meant}")
        return value

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        if not all(_HEADER_NAME.fullmatch(name) for name in value):
            raise ValueError("must have names that HTTP allows")
        return value

    @property
    def address(self) -> str:
        """The URL below which everything is, without a query."""
        return urlsplit(self.base_url or OPENAI_URL)._replace(query="", fragment="").geturl()

    @property
    def parameters(self) -> dict[str, str]:
        """The query of every URL: the base URL's own, then `query`."""
        return {**dict(parse_qsl(urlsplit(self.base_url or "").query)), **self.query}

    @property
    def deployment(self) -> str | None:
        """The name of a deployment in an Azure URL; its key goes into the header `api-key`."""
        found = _DEPLOYMENT.search(urlsplit(self.address).path)
        return found[1] if found else None
