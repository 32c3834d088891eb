"""The base of every service's settings: read from the environment once, refused as a whole."""

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
"""A host name, `*.` and one for all below it, or `*` for all."""


class EnvironmentSource(EnvSettingsSource):
    """The environment, in which `NAME_FILE` gives what the file of that path holds as `NAME`."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings)
        environment = {name.upper(): value for name, value in self.env_vars.items()}
        names = (variable_name(settings, field) for field in settings.model_fields)
        files = read_files(names, environment)
        self.env_vars = {**self.env_vars, **{name.lower(): value for name, value in files.items()}}


class EnvironmentSettings(BaseSettings):
    """Settings of which each may stand in the environment, or in a file that is named there.

    Making one raises `SettingFileError` where such a file cannot be read.
    """

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
    """What every process is told. A subclass sets its own `env_prefix`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

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
        """Return what gives the secret `field` as its file has it by then.

        That is what it was at first where it has no file, and while nothing can be read from that.
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
        """Read the environment, or end the process with every fault named.

        A misspelt variable that carries the service's prefix is a fault too: pydantic-settings
        would pass over it in silence.
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
    """What every service is told that takes part in traces."""

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
    """List the environment variables that `settings` read: each by itself, and by its file."""
    names = {variable_name(settings, field) for field in settings.model_fields}
    return names | {name + SUFFIX for name in names}


def unknown_names(settings: type[ServiceSettings]) -> set[str]:
    """List the variables that carry the prefix of `settings` and set nothing in it."""
    prefix = settings.model_config.get("env_prefix", "").upper()
    named = {name for name in os.environ if prefix and name.startswith(prefix)}  # noqa: TID251 - this module is where the environment is read
    return named - variable_names(settings)


def given_variable(settings: type[BaseSettings], field: str) -> str:
    """Name the variable that gives `field` now: its own, or that of its file and the path."""
    return given_by(variable_name(settings, field), os.environ)  # noqa: TID251 - as above


def _describe(settings: type[ServiceSettings], fault: SettingFault) -> str:
    """Tell a fault by the variable that sets its field: pydantic knows it by either name."""
    first = str(fault.place[0]) if fault.place else ""
    for field, info in settings.model_fields.items():
        if first in (field, variable_name(settings, field)):
            return describe_fault(fault, given_variable(settings, field), info.description or "")
    return describe_fault(fault, first, "")


def _describe_unreadable(settings: type[ServiceSettings], error: SettingsError) -> str:
    field = unreadable_field(error)
    variable = given_variable(settings, field) if field else "a setting"
    return describe_no_json(error, variable)
