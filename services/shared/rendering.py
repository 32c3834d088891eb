"""How every service renders: templates with everything escaped and nothing undefined."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

SHARED_TEMPLATES: Final = Path(__file__).parent / "templates"


class Renderer:
    """Renders the templates in `folders`, and the shared ones."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([*folders, SHARED_TEMPLATES]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def partial(self, name: str, **context: object) -> Markup:
        """Render template `name` as markup that may go into a Turbo Stream."""
        html = self._environment.get_template(name).render(context)
        return Markup(html)  # noqa: S704 - rendered with autoescape
