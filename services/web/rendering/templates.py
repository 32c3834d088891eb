"""Renders the service's templates, as pages and as parts of pages."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse

from services.shared.pages.rendering import Renderer
from services.web.rendering.assets import ASSETS_PATH, read_manifest
from services.web.rendering.texts import RenderedTexts

FOLDER: Final = Path(__file__).parents[1] / "templates"


class Templates(Renderer):
    """Renders the service's templates; with `demo` every page says that the demo model answers.

    `texts` renders the markdown that the templates get.
    """

    def __init__(self, texts: RenderedTexts, *, demo: bool, base_path: str = "") -> None:
        super().__init__([FOLDER], base_path=base_path)
        self.texts = texts
        self._manifest = read_manifest()
        self._environment.globals["asset"] = self.asset
        self._environment.globals["now"] = lambda: datetime.now(UTC)
        self._environment.globals["app"] = {"demo": demo}

    def asset(self, name: str) -> str:
        """Return the address of a built file."""
        return self.url(f"{ASSETS_PATH}/{self._manifest[name]}")

    def page(self, name: str, status: int = 200, /, **context: object) -> HTMLResponse:
        """Render template `name` as a whole page, which no cache may keep."""
        headers = {"cache-control": "no-store", "vary": "accept, turbo-frame"}
        return HTMLResponse(self.partial(name, **context), status_code=status, headers=headers)
