"""Where `make run` keeps everything, for commands that look there."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from services.shared.process.settings import EnvironmentSettings


class DataFolder(EnvironmentSettings):
    """The folder that NATTER_DATA_DIR names."""

    model_config = SettingsConfigDict(env_prefix="NATTER_")

    data_dir: Path = Path(".natter")

    @classmethod
    def file(cls, name: str) -> Path:
        """Return the path of one of its files."""
        return cls().data_dir.expanduser() / name
