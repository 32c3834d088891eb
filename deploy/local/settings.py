"""The launcher's settings: its only module that reads the environment."""

import os
import re
from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import SettingsConfigDict

from deploy.local.data_folder import absolute_folder
from services.ai.settings import DEFAULT, AiSettings
from services.demo.settings import DemoSettings
from services.realtime.settings import RealtimeSettings
from services.shared.process.base_path import BasePath
from services.shared.process.setting_files import SUFFIX, SettingFileError, given_by
from services.shared.process.settings import EnvironmentSettings, variable_names
from services.web.settings import WebSettings

LOOPBACK = "127.0.0.1"
SERVICES = (WebSettings, RealtimeSettings, AiSettings, DemoSettings)
# The tests read the first, the configuration of NATS reads the others.
_READ_ELSEWHERE = re.compile(r"NATTER_CHROMIUM|NATTER_NATS_[A-Z]+_PASSWORD")

type PortNumber = Annotated[int, Field(ge=0, le=65535)]
"""0 takes a free one."""


class LocalSettings(EnvironmentSettings):
    """Ports, the data folder, and the parts that are already running elsewhere."""

    model_config = SettingsConfigDict(
        env_prefix="NATTER_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    data_dir: Path = Field(
        Path(".natter"), validate_default=True, description="Where everything is kept."
    )
    web_host: str = Field(LOOPBACK, description="Address of the pages.")
    web_port: PortNumber = Field(8000, description="Port of the pages.")
    web_base_path: BasePath = Field(
        "/", validate_default=True, description="Path below which the pages are."
    )
    realtime_host: str = Field(LOOPBACK, description="Address of the WebSockets.")
    realtime_port: PortNumber = Field(8001, description="Port of the WebSockets.")
    ai_host: str = Field(LOOPBACK, description="Address of the AI service's probes.")
    ai_port: PortNumber = Field(8002, description="Port of the AI service's probes.")
    demo_port: PortNumber = Field(8003, description="Port of the demo endpoint.")
    nats_port: PortNumber = Field(4222, description="Port of the embedded NATS.")
    log_level: str = Field("info", description="`debug` shows PostgreSQL's and NATS's lines too.")
    database_url: SecretStr | None = Field(
        None, validation_alias="DATABASE_URL", description="A PostgreSQL of your own."
    )
    nats_url: SecretStr | None = Field(
        None, validation_alias="NATS_URL", description="A NATS of your own."
    )
    stream_keys: SecretStr | None = Field(
        None, description="Keys of stream tokens of your own, as a JSON list."
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="Key of the model's endpoint."
    )
    openai_base_url: str | None = Field(
        None, validation_alias="OPENAI_BASE_URL", description="Address of the model's endpoint."
    )
    openai_model: str | None = Field(
        None, validation_alias="OPENAI_MODEL", description="Model to ask for."
    )
    ai_connections: SecretStr | None = Field(
        None, description="More endpoints by name, as a JSON object."
    )
    ai_default_connection: str | None = Field(
        None, description="The connection that answers where a chat names none."
    )
    no_color: bool = Field(False, validation_alias="NO_COLOR", description="Set: no colours.")

    @field_validator("data_dir")
    @classmethod
    def _be_absolute(cls, folder: Path) -> Path:
        return absolute_folder(folder)

    @field_validator("web_host", "realtime_host", "ai_host")
    @classmethod
    def _name_one_address(cls, host: str) -> str:
        if host == "localhost" or _is_one_address(host):
            return host
        raise ValueError(
            "one IPv4 address of this machine is needed, such as 127.0.0.1 or 192.168.1.5;"
            " 0.0.0.0 would be all of them"
        )

    @field_validator("openai_model")
    @classmethod
    def _belong_to_an_endpoint(cls, model: str | None, info: ValidationInfo) -> str | None:
        endpoint = info.data.get("openai_api_key") or info.data.get("openai_base_url")
        if model is None or endpoint:
            return model
        raise ValueError("a model alone is not enough, set OPENAI_API_KEY or OPENAI_BASE_URL too")

    @field_validator("no_color", mode="before")
    @classmethod
    def _set_at_all(cls, value: object) -> bool:
        return bool(value)

    @property
    def uses_demo(self) -> bool:
        """Whether answers come from the demo endpoint."""
        is_set = self.openai_api_key is not None or self.openai_base_url is not None
        is_named = self.ai_connections is not None
        is_named = is_named or self.ai_default_connection not in (None, DEFAULT)
        return not (is_set or is_named)

    @property
    def gateway_host(self) -> str:
        """The address of the WebSockets: that of the pages, unless another was set."""
        return self.realtime_host if "realtime_host" in self.model_fields_set else self.web_host

    @property
    def web_address(self) -> str:
        """The address of the pages."""
        below = f"{self.web_base_path}/" if self.web_base_path else ""
        return f"http://{self.web_host}:{self.web_port}{below}"

    @classmethod
    def read(cls) -> tuple["LocalSettings", list[str]]:
        """Read the environment; return it with every fault, each as `NAME: what is wrong`.

        A misspelt variable of any service is a fault too. If a value is wrong, the settings are the
        defaults.
        """
        faults = [f"{name}: no such setting" for name in _unknown_names()]
        try:
            return cls(), faults
        except SettingFileError as error:
            faults += error.faults
        except ValidationError as error:
            faults += [_describe(fault) for fault in error.errors()]
        return cls.model_construct(), faults


def inherited_environment() -> Mapping[str, str]:
    """Return the environment the launcher was started with.

    The paths of settings' files are absolute: the services do not run in the folder of the shell.
    """
    environment = dict(os.environ)  # noqa: TID251 - this module is where the environment is read
    for name in _known_names():
        path = environment.get(name, "") if name.endswith(SUFFIX) else ""
        if path and os.path.exists(path):  # noqa: PTH110 - Path.exists raises on a long name
            environment[name] = str(Path(path).absolute())
    return environment


def _known_names() -> set[str]:
    return set().union(*(variable_names(settings) for settings in (LocalSettings, *SERVICES)))


def _is_one_address(host: str) -> bool:
    """Return whether `host` is an IPv4 address of one machine, and not all of its addresses."""
    try:
        address = IPv4Address(host)
    except AddressValueError:
        return False
    return not (address.is_unspecified or address.is_multicast)


def _unknown_names() -> list[str]:
    known = _known_names()
    return sorted(
        name
        for name in inherited_environment()
        if name.startswith("NATTER_") and name not in known and not _READ_ELSEWHERE.fullmatch(name)
    )


def _describe(fault: Mapping[str, Any]) -> str:
    name = str(fault["loc"][0]) if fault["loc"] else "settings"
    variable = f"NATTER_{name}".upper() if name in LocalSettings.model_fields else name
    given = given_by(variable, inherited_environment())
    return f"{given}: {fault.get('ctx', {}).get('error', fault['msg'])}"
