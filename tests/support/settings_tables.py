"""The settings tables of the READMEs, and the settings that they are of."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from deploy.local.settings import LocalSettings
from services.ai.settings import AiSettings
from services.demo.settings import DemoSettings
from services.realtime.settings import RealtimeSettings
from services.shared.process.settings import variable_name
from services.web.settings import WebSettings
from tests.support.printed import ROOT

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


def printed_defaults() -> dict[str, str]:
    """Return each variable of the README's tables with its default, empty where it has none."""
    readme, _, heading = TABLES[0]
    return {name: default.strip("`") for name, default, _ in rows(readme, heading)}


def section(readme: Path, heading: str) -> str:
    """Return what stands under `heading`, down to the next one of its rank."""
    marks = heading.partition(" ")[0]
    match = re.search(
        rf"^{heading}$(.*?)(?=^#{{2,{len(marks)}}} |\Z)",
        readme.read_text(),
        re.MULTILINE | re.DOTALL,
    )
    assert match, f"{readme} has no section {heading}"
    return match[1]


def rows(readme: Path, heading: str) -> list[tuple[str, str, str]]:
    """Return name, default and meaning of each variable in the tables under `heading`."""
    return [
        (name, default.strip(), meaning.strip())
        for name, default, meaning in ROW.findall(section(readme, heading))
    ]


def variables(classes: Iterable[type[BaseSettings]]) -> Iterator[tuple[str, str]]:
    """Every variable of these settings, and its default as a README writes it."""
    for settings in classes:
        for field, info in settings.model_fields.items():
            name = variable_name(settings, field)
            yield name, "" if name in SET_OR_NOT else shown(info.default)


def shown(default: object) -> str:
    """Write a default as a README does."""
    if default is None or default is PydanticUndefined or isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool | tuple):
        return f"`{json.dumps(default)}`"
    return f"`{default}`"
