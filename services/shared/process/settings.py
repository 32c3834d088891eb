"""The base of every service's settings: environment variables, read once and checked together."""

import os
import sys
from collections.abc import Callable
from typing import Annotated, Literal, Self, override

from pydantic import Field, StringConstraints, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from services.shared.process.setting_faults import (
    SettingFault,
    describe_fault,
    describe_no_json,
    faults_of,
    unreadable_field,
)
from services.shared.process.setting_files import SUFFIX, SettingFileError, given_by, read_files

LogFormat = Literal["console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

type HostPattern = Annotated[str, StringConstraints(pattern=r"^(\*|(\*\.)?[^*\s/@]+)$")]
"""A host name; `*.` and a name for all hosts below it; `*` for all."""


class EnvironmentSource(EnvSettingsSource):
    """The environment, where `NAME_FILE` is the path of a file that holds the value of `NAME`."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings)
        environment = {name.upper(): value for name, value in self.env_vars.items()}
        names = (variable_name(settings, field) for field in settings.model_fields)
        files = read_files(names, environment)
        self.env_vars = {**self.env_vars, **{name.lower(): value for name, value in files.items()}}


class EnvironmentSettings(BaseSettings):
    """Settings that are environment variables, or files that such variables name.

    Creating one raises `SettingFileError` if a file cannot be read.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        populate_by_name=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        environment = EnvironmentSource(settings_cls)
        return init_settings, environment, dotenv_settings, file_secret_settings


class ServiceSettings(EnvironmentSettings):
    """The settings that every process has. A subclass sets its own `env_prefix`."""

    model_config = SettingsConfigDict(extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    log_level: LogLevel = Field(
        "info", validation_alias="NATTER_LOG_LEVEL", description="Least level that is logged."
    )
    log_format: LogFormat = Field(
        "console",
        validation_alias="NATTER_LOG_FORMAT",
        description="`console` for people, `json` for machines.",
    )

    def renewed(self, field: str) -> Callable[[], str]:
        """Return a function that reads the secret `field` from its file each time.

        Without a file, and while the file cannot be read, it returns the first value.
        """
        name = variable_name(type(self), field)
        first: str = getattr(self, field).get_secret_value()

        def read() -> str:
            try:
                files = read_files([name], os.environ)  # noqa: TID251 - as below
            except SettingFileError:
                return first
            return files.get(name, first)

        return read

    @classmethod
    def load(cls) -> Self:
        """Read the environment, or end the process with a list of all faults.

        A misspelt variable with the service's prefix is a fault too; pydantic-settings ignores it.
        """
        faults = [f"{name}: no such setting" for name in sorted(unknown_names(cls))]
        try:
            settings = cls()
        except SettingFileError as error:
            faults += error.faults
        except SettingsError as error:
            faults.append(_describe_unreadable(cls, error))
        except ValidationError as error:
            faults += [_describe(cls, fault) for fault in faults_of(error)]
        else:
            if not faults:
                return settings
        sys.exit("The settings are wrong:\n  " + "\n  ".join(faults))


class TracedSettings(ServiceSettings):
    """The settings of every service that takes part in traces."""

    tracing: bool = Field(
        default=False,
        validation_alias="NATTER_TRACING",
        description="Make spans and hand them to a collector, as OpenTelemetry's `OTEL_*` variables"
        " say; needs the packages of the extra `tracing`.",
    )


def variable_name(settings: type[BaseSettings], field: str) -> str:
    """Name the environment variable that sets `field`."""
    info = settings.model_fields.get(field)
    if info is not None and isinstance(info.validation_alias, str):
        return info.validation_alias
    return f"{settings.model_config.get('env_prefix', '')}{field}".upper()


def variable_names(settings: type[BaseSettings]) -> set[str]:
    """List the environment variables that `settings` read: each name, and each `NAME_FILE`."""
    names = {variable_name(settings, field) for field in settings.model_fields}
    return names | {name + SUFFIX for name in names}


def unknown_names(settings: type[ServiceSettings]) -> set[str]:
    """List the variables that have the prefix of `settings` and set nothing."""
    prefix = settings.model_config.get("env_prefix", "").upper()
    named = {name for name in os.environ if prefix and name.startswith(prefix)}  # noqa: TID251 - this module is where the environment is read
    return named - variable_names(settings)


def given_variable(settings: type[BaseSettings], field: str) -> str:
    """Name the variable that sets `field` now: `NAME`, or `NAME_FILE (the path)`."""
    return given_by(variable_name(settings, field), os.environ)  # noqa: TID251 - as above


def _describe(settings: type[ServiceSettings], fault: SettingFault) -> str:
    """Describe a fault by its variable; pydantic reports the field or the variable."""
    first = str(fault.place[0]) if fault.place else ""
    for field, info in settings.model_fields.items():
        if first in (field, variable_name(settings, field)):
            return describe_fault(fault, given_variable(settings, field), info.description or "")
    return describe_fault(fault, first, "")


def _describe_unreadable(settings: type[ServiceSettings], error: SettingsError) -> str:
    field = unreadable_field(error)
    variable = given_variable(settings, field) if field else "a setting"
    return describe_no_json(error, variable)
