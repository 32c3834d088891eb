"""A README's settings tables are the settings: every variable, its true default, nothing else."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
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

type Settings = tuple[type[BaseSettings], ...]

SETTINGS = (LocalSettings, WebSettings, RealtimeSettings, AiSettings, DemoSettings)
# A README, the settings that its tables are of, and the heading that they stand under.
TABLES: list[tuple[Path, Settings, str]] = [
    (ROOT / "README.md", SETTINGS, "## Settings"),
    (ROOT / "services/realtime/README.md", (RealtimeSettings,), "### Settings"),
]
# It counts as soon as it is set, to whatever: there is no default to show.
SET_OR_NOT = {"NO_COLOR"}
ROW = re.compile(r"^\| `([A-Z_]+)` \|(.*?)\|(.*)\|$", re.MULTILINE)


def section(readme: Path, heading: str) -> str:
    marks = heading.partition(" ")[0]
    match = re.search(
        rf"^{heading}$(.*?)(?=^#{{2,{len(marks)}}} |\Z)",
        readme.read_text(),
        re.MULTILINE | re.DOTALL,
    )
    assert match, f"{readme} has no section {heading}"
    return match[1]


def rows(readme: Path, heading: str) -> list[tuple[str, str, str]]:
    return [
        (name, default.strip(), meaning.strip())
        for name, default, meaning in ROW.findall(section(readme, heading))
    ]


def variables(classes: Iterable[type[BaseSettings]]) -> Iterator[tuple[str, str]]:
    """Every variable of these settings, and its default as a README writes it."""
    for settings in classes:
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


@pytest.mark.parametrize(("readme", "classes", "heading"), TABLES)
def test_the_tables_name_every_variable_once_and_no_other(
    readme: Path, classes: Settings, heading: str
) -> None:
    named = [name for name, _, _ in rows(readme, heading)]
    assert sorted(named) == sorted({name for name, _ in variables(classes)})


@pytest.mark.parametrize(("readme", "classes", "heading"), TABLES)
def test_the_defaults_are_the_real_ones(readme: Path, classes: Settings, heading: str) -> None:
    documented = {name: default for name, default, _ in rows(readme, heading)}
    wrong = {
        name: (documented[name], default)
        for name, default in variables(classes)
        if name in documented and documented[name] != default
    }
    assert wrong == {}


@pytest.mark.parametrize(("readme", "classes", "heading"), TABLES)
def test_every_variable_is_explained(readme: Path, classes: Settings, heading: str) -> None:
    meanings = {name: meaning for name, _, meaning in rows(readme, heading)}
    assert [name for name, _ in variables(classes) if meanings.get(name) == ""] == []


def test_no_other_text_names_a_variable_that_does_not_exist() -> None:
    known = {name for name, _ in variables(SETTINGS)}
    texts = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
    for file in (*texts, "services/realtime/README.md"):
        named = set(re.findall(r"\b(?:NATTER|OPENAI)_[A-Z_]+[A-Z]\b", (ROOT / file).read_text()))
        assert named <= known, file
