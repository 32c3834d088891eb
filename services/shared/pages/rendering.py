"""Renders templates for every service: everything escaped, nothing undefined."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.shared.pages.icons import icon

SHARED_TEMPLATES: Final = Path(__file__).parent / "templates"
# A worker keeps the compiled templates for this many base paths.
KEPT_RENDERERS: Final = 8


class Renderer:
    """Renders the templates in `folders` and the shared ones, for web below `base_path`."""

    def __init__(self, folders: Sequence[Path] = (), *, base_path: str = "") -> None:
        self.base_path = base_path
        self._environment = Environment(
            loader=FileSystemLoader([*folders, SHARED_TEMPLATES]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["url"] = self.url
        self._environment.globals["icon"] = icon
        # Forms of streams have none: browsers that read them send Fetch Metadata.
        self._environment.globals["csrf_field"] = ""

    def url(self, path: str, *parts: str | int) -> str:
        """Return the URL of a path of web, with `parts` in the place of its `{}`."""
        return self.base_path + path.format(*parts)

    def partial(self, name: str, **context: object) -> Markup:
        """Render template `name` as markup that may go into a Turbo Stream."""
        html = self._environment.get_template(name).render(context)
        return Markup(html)  # noqa: S704 - rendered with autoescape


@lru_cache(KEPT_RENDERERS)
def renderer_below(base_path: str) -> Renderer:
    """Return a renderer of the shared templates for web below `base_path`."""
    return Renderer(base_path=base_path)
