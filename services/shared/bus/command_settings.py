"""Finds NATS for a command line: in NATS_URL, or in a file that `make run` has written."""

from typing import ClassVar, Self

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.shared.process.data_folder import DataFolder
from services.shared.process.settings import EnvironmentSettings


class BusAddress(EnvironmentSettings):
    """The address of NATS with a user and a password."""

    model_config = SettingsConfigDict(extra="ignore")

    file_name: ClassVar[str]

    nats_url: SecretStr = Field(validation_alias="NATS_URL")

    @classmethod
    def load(cls) -> Self:
        """Read the environment, then the user's file in the data folder.

        Raises `ValidationError` if neither has an address, `SettingFileError` if a file that the
        environment names cannot be read.
        """
        return cls(_env_file=DataFolder.file(cls.file_name))


class PublisherSettings(BusAddress):
    """Settings of `natter publish`, whose user may only publish."""

    file_name: ClassVar[str] = "publisher.env"


class OperatorSettings(BusAddress):
    """Settings of the commands that read the stream, disconnect listeners or handle parked jobs."""

    file_name: ClassVar[str] = "operator.env"
