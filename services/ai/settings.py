"""The settings of the ai service, from the environment."""

from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from services.ai.provider.settings import BaseUrl, ConnectionSettings, HeaderValue, Timeouts
from services.shared.bus.nats_url import NATS_URL_MEANING, NatsUrl
from services.shared.pages.failures import DEFAULT_CONNECTION
from services.shared.process.setting_faults import shown_name
from services.shared.process.settings import HostPattern, TracedSettings

DEFAULT = DEFAULT_CONNECTION
SYSTEM_PROMPT = "You are a helpful assistant. Write Markdown."


class AiSettings(TracedSettings):
    """Settings of the ai service."""

    model_config = SettingsConfigDict(env_prefix="NATTER_AI_")

    port: int = Field(8002, ge=0, le=65535, description="Port of health checks and metrics.")
    allowed_hosts: tuple[HostPattern, ...] = Field(
        ("localhost",),
        description="Host names by which `/metrics` answers, as a JSON list; `*` for all. An IP"
        " address always passes.",
    )
    nats_url: NatsUrl = Field(validation_alias="NATS_URL", description=NATS_URL_MEANING)
    openai_api_key: HeaderValue | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="Key of the endpoint, if it wants one."
    )
    openai_base_url: BaseUrl | None = Field(
        None,
        validation_alias="OPENAI_BASE_URL",
        description="An OpenAI-compatible endpoint, up to and with `/v1`; OpenAI itself if unset.",
    )
    openai_model: str | None = Field(
        None,
        validation_alias="OPENAI_MODEL",
        description="Model to ask for; the first that OPENAI_BASE_URL's endpoint lists if unset.",
    )
    demo_url: BaseUrl | None = Field(
        None,
        description="The demo endpoint's address, up to and with `/v1`: it answers where no other"
        " endpoint is named.",
    )
    connections: dict[str, ConnectionSettings] = Field(
        default_factory=dict,
        description="Endpoints by name, as a JSON object; OPENAI_* make the one named `default`.",
    )
    default_connection: str | None = Field(
        None,
        description="The connection that answers where a chat names none; unset, it is `default`,"
        " or the only one that there is.",
    )
    title_connection: str | None = Field(
        None, description="The connection that finds titles for chats; unset, that of the chat."
    )
    title_model: str | None = Field(
        None,
        description="Model that finds titles: one of that connection; if that is unset, of the"
        " default connection, for the chats that it answers.",
    )
    system_prompt: str = Field(
        SYSTEM_PROMPT,
        description="Said to the model before every chat that has no system prompt of its own; a"
        " space for nothing.",
    )
    max_answers: int = Field(
        32, ge=1, le=1000, description="Answers that one worker writes at the same time."
    )
    max_deliveries: int = Field(
        5,
        ge=1,
        description="Workers that may die over an answer before it is given up;"
        " the last three do one such answer at a time.",
    )
    drain_seconds: float = Field(
        0,
        ge=0,
        le=3600,
        description="Time that answers have to end when the worker stops; it begins none meanwhile,"
        " and other workers continue the rest.",
    )
    answer_max_chars: int = Field(
        # More would not fit into one message of the bus, whose limit is 1 MB.
        200_000,
        ge=1000,
        le=200_000,
        description="Length at which an answer is cut, in characters.",
    )
    reasoning_max_chars: int = Field(
        # Together with the longest answer, in UTF-8, it fits into one message of the bus.
        50_000,
        ge=0,
        le=50_000,
        description="Length at which a model's reasoning is cut, in characters.",
    )
    answer_seconds: float = Field(
        1800.0, gt=0, description="Time that one answer may take from its request to its end."
    )
    flush_ms: int = Field(
        30, ge=0, le=1000, description="Time between two updates of a growing answer."
    )
    flush_bytes: int = Field(
        2048, ge=1, description="Gathered text that is sent before that time is over."
    )
    connect_seconds: float = Field(10.0, gt=0, description="Time to reach the endpoint.")
    idle_seconds: float = Field(
        120.0,
        gt=0,
        description="Time an endpoint may take to begin an answer, and be silent within it.",
    )

    @model_validator(mode="after")
    def _require_an_endpoint(self) -> Self:
        names = ", ".join(map(shown_name, self.endpoints))
        if not names:
            raise ValueError(
                "set OPENAI_API_KEY, or OPENAI_BASE_URL, or both; or name endpoints in"
                " NATTER_AI_CONNECTIONS"
            )
        if self.default not in self.endpoints:
            raise ValueError(f"NATTER_AI_DEFAULT_CONNECTION must name one of these: {names}")
        if self.title_connection and self.title_connection not in self.endpoints:
            raise ValueError(f"NATTER_AI_TITLE_CONNECTION must name one of these: {names}")
        for name, one in self.endpoints.items():
            if one.base_url is None and one.model is None:
                raise ValueError(
                    f"{_model_setting(name)}: the first model that OpenAI lists may be any kind"
                )
        return self

    @property
    def default(self) -> str:
        """The name of the connection that answers where a chat names none."""
        only = next(iter(self.endpoints)) if len(self.endpoints) == 1 else DEFAULT
        return self.default_connection or only

    @property
    def endpoints(self) -> dict[str, ConnectionSettings]:
        """Every connection by name, with that of OPENAI_*; without any, the demo endpoint."""
        if self.openai_api_key is None and self.openai_base_url is None:
            # A model alone is meant for another endpoint, which was forgotten.
            is_demo = self.demo_url and not (self.connections or self.openai_model)
            demo = {DEFAULT: ConnectionSettings(base_url=self.demo_url, api_key=SecretStr("demo"))}
            return demo if is_demo else self.connections
        default = ConnectionSettings(
            base_url=self.openai_base_url, api_key=self.openai_api_key, model=self.openai_model
        )
        return {DEFAULT: default, **self.connections}

    def for_titles(
        self, connection: str | None, model: str | None
    ) -> tuple[str | None, str | None]:
        """Return the connection and the model that find a title for a chat that these answer.

        A chat goes to no other connection than its own, unless the settings name one for titles.
        """
        if self.title_connection:
            return self.title_connection, self.title_model
        if self.title_model and (connection or self.default) == self.default:
            return self.default, self.title_model
        return connection, model

    @property
    def timeouts(self) -> Timeouts:
        """How long an endpoint may take."""
        return Timeouts(connect=self.connect_seconds, idle=self.idle_seconds)


def _model_setting(connection: str) -> str:
    if connection == DEFAULT:
        return "set OPENAI_MODEL"
    return f"NATTER_AI_CONNECTIONS: set `model` of {shown_name(connection)}"
