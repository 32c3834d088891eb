"""The Jinja environment of every service that renders: everything escaped, nothing undefined."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

SHARED_TEMPLATES: Final = Path(__file__).parent / "templates"


def template_environment(folders: Sequence[Path] = ()) -> Environment:
    """Find templates in `folders`, then among the shared ones."""
    return Environment(
        loader=FileSystemLoader([*folders, SHARED_TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render_partial(environment: Environment, name: str, **context: object) -> Markup:
    """Render template `name` as markup that may go into a Turbo Stream."""
    return Markup(environment.get_template(name).render(context))  # noqa: S704 - autoescaped
