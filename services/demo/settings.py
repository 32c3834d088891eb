"""The settings of the demo endpoint."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.shared.process.settings import HostPattern, ServiceSettings


class DemoSettings(ServiceSettings):
    """Where the demo endpoint listens, and how fast its model writes."""

    model_config = SettingsConfigDict(env_prefix="NATTER_DEMO_")

    port: int = Field(8003, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    allowed_hosts: tuple[HostPattern, ...] = Field(
        ("localhost",),
        description="Host names by which it answers, as a JSON list; `*` for all. An IP address"
        " always passes.",
    )
    tokens_per_second: float = Field(
        40.0,
        ge=0,
        le=1_000_000,
        allow_inf_nan=False,
        description="How fast the demo model writes; 0 is as fast as it can.",
    )
    first_token_ms: int = Field(
        250, ge=0, le=60_000, description="How long the demo model thinks before its first token."
    )
