"""What the gateway and its command line are told by the environment."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.shared.settings import ServiceSettings


class RealtimeSettings(ServiceSettings):
    """Settings of the gateway."""

    model_config = SettingsConfigDict(env_prefix="NATTER_REALTIME_")

    port: int = Field(8001, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    nats_url: SecretStr = Field(
        validation_alias="NATS_URL", description="NATS server, with user and password."
    )
    allowed_origins: tuple[str, ...] = Field(
        (),
        description="Origins whose pages may open a socket, as a JSON list; none means the"
        " gateway's own host only.",
    )
    max_unsent_bytes: int = Field(
        2 * 1024 * 1024,
        ge=1024 * 1024,
        description="Bytes that may wait for a slow socket before it is closed; the largest"
        " publication has 1 MB.",
    )


class PublisherSettings(BaseSettings):
    """Settings of `natter publish`; in a checkout `make run` has written them down."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    nats_url: SecretStr = Field(validation_alias="NATS_URL")

    @classmethod
    def load(cls) -> Self:
        """Read the environment, then `publisher.env` in the data folder, or raise."""
        return cls(_env_file=_DataFolder().data_dir.expanduser() / "publisher.env")


class _DataFolder(BaseSettings):
    """Where `make run` keeps everything."""

    model_config = SettingsConfigDict(env_prefix="NATTER_", env_ignore_empty=True)

    data_dir: Path = Path(".natter")
