"""The README's settings tables are the settings: every variable, its true default, nothing else."""

import json
import re
from collections.abc import Iterator

from pydantic import AliasChoices, SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from deploy.local.settings import LocalSettings
from services.ai.demo.settings import DemoSettings
from services.ai.settings import AiSettings
from services.realtime.settings import RealtimeSettings
from services.shared.settings import ServiceSettings, variable_name
from services.web.settings import WebSettings
from tests.architecture.project import ROOT

README = ROOT / "README.md"
SETTINGS = (LocalSettings, WebSettings, RealtimeSettings, AiSettings, DemoSettings)
# It counts as soon as it is set, to whatever: there is no default to show.
SET_OR_NOT = {"NO_COLOR"}
ROW = re.compile(r"^\| `([A-Z_]+)` \|(.*?)\|(.*)\|$", re.MULTILINE)


def section(title: str) -> str:
    match = re.search(
        rf"^## {title}$(.*?)(?=^## |\Z)", README.read_text(), re.MULTILINE | re.DOTALL
    )
    assert match, f"the README has no section {title}"
    return match[1]


def rows() -> list[tuple[str, str, str]]:
    return [
        (name, default.strip(), meaning.strip())
        for name, default, meaning in ROW.findall(section("Settings"))
    ]


def variables() -> Iterator[tuple[str, str]]:
    """Every variable of every settings class, and its default as the README writes it."""
    for settings in SETTINGS:
        for field, info in settings.model_fields.items():
            name = name_of(settings, field)
            yield name, "" if name in SET_OR_NOT else shown(info.default)


def name_of(settings: type[BaseSettings], field: str) -> str:
    if issubclass(settings, ServiceSettings):
        return variable_name(settings, field)
    alias = settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        alias = alias.first_choice() if hasattr(alias, "first_choice") else str(alias.choices[0])
    return str(alias or f"{settings.model_config.get('env_prefix', '')}{field}").upper()


def shown(default: object) -> str:
    if default is None or default is PydanticUndefined or isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool | tuple):
        return f"`{json.dumps(default)}`"
    return f"`{default}`"


def test_the_tables_name_every_variable_once_and_no_other() -> None:
    named = [name for name, _, _ in rows()]
    assert sorted(named) == sorted({name for name, _ in variables()})


def test_the_defaults_are_the_real_ones() -> None:
    documented = {name: default for name, default, _ in rows()}
    wrong = {
        name: (documented[name], default)
        for name, default in variables()
        if name in documented and documented[name] != default
    }
    assert wrong == {}


def test_every_variable_is_explained() -> None:
    assert [name for name, _, meaning in rows() if not meaning] == []


def test_no_other_text_names_a_variable_that_does_not_exist() -> None:
    known = {name for name, _ in variables()}
    for file in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        named = set(re.findall(r"\b(?:NATTER|OPENAI)_[A-Z_]+[A-Z]\b", (ROOT / file).read_text()))
        assert named <= known, file
